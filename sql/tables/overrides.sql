-- Purpose: who asked a law for more than it was measured for, how far beyond, and why
-- Grain: one line an override; nothing is ever changed in it
create table ledger.overrides (
    law_id text not null,
    experiment text not null,
    question text not null,
    point json not null,
    extrapolation_limit double precision not null,
    allowed_ratio double precision not null,
    reason text not null,
    author text not null,
    recorded_at timestamp with time zone not null
);
