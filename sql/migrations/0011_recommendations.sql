-- Purpose: what an allocation says to the person who pays, what it was made from, who fixed a dimension, and the
-- answers that were replaced
alter table ledger.allocations alter column budget drop not null;
alter table ledger.allocations add column title text;
alter table ledger.allocations add column owner text;
alter table ledger.allocations add column direction text;
alter table ledger.allocations add column target double precision;
alter table ledger.allocations add column risk text;
alter table ledger.allocations add column risk_value double precision;
alter table ledger.allocations add column cost_low double precision;
alter table ledger.allocations add column cost_high double precision;
alter table ledger.allocations add column reaches double precision;
alter table ledger.allocations add column binding text;
alter table ledger.allocations add column explanation json;
create table ledger.allocation_inputs (
    plan text not null,
    allocation_id text not null,
    position bigint not null,
    noun text not null,
    role text not null,
    experiment text not null,
    identity text not null,
    text text not null
);
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
create table ledger.plan_overrides (
    plan text not null,
    dimension text not null,
    amount double precision,
    reason text not null,
    author text not null,
    expires_at timestamp with time zone,
    recorded_at timestamp with time zone not null
);
