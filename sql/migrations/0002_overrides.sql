-- Purpose: keep who went beyond a law's extrapolation limit, how far, and why
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
