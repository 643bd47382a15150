-- Purpose: answers to plans
-- Grain: one line a plan and allocation; writing a plan replaces its lines
create table ledger.allocations (
    plan text not null,
    position bigint not null,
    allocation_id text not null,
    status text not null,
    reason text not null,
    budget double precision not null,
    cost double precision,
    leftover double precision,
    currency text not null,
    outcome double precision,
    outcome_low double precision,
    outcome_high double precision,
    outcome_unit text not null,
    level double precision not null,
    method text not null,
    shadow_price double precision,
    agreement double precision,
    is_simulated boolean not null,
    data_version text not null
);
