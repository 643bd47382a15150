-- Purpose: every answer that a plan has had
-- Grain: one line an answer; nothing is ever changed in it
create table ledger.allocation_history (
    plan text not null,
    allocation_id text not null,
    data_version text not null,
    status text not null,
    reason text not null,
    budget double precision,
    cost double precision,
    outcome double precision,
    outcome_low double precision,
    outcome_high double precision,
    outcome_unit text not null,
    amounts json not null,
    binding text not null,
    answered_at timestamp with time zone not null
);
