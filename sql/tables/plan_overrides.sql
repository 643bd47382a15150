-- Purpose: who fixed a dimension of a plan, or lifted that (amount null), why, and until when
-- Grain: one line an override; nothing is ever changed in it
create table ledger.plan_overrides (
    plan text not null,
    dimension text not null,
    amount double precision,
    reason text not null,
    author text not null,
    expires_at timestamp with time zone,
    recorded_at timestamp with time zone not null
);
