-- Purpose: laws, verdicts and overrides that an allocation was made from
-- Grain: one line an allocation and what it read
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
