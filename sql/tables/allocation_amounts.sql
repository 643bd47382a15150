-- Purpose: what each dimension of a plan gets
-- Grain: one line an allocation and dimension
create table ledger.allocation_amounts (
    plan text not null,
    allocation_id text not null,
    position bigint not null,
    dimension text not null,
    amount double precision,
    low double precision,
    high double precision,
    unit text not null,
    cost double precision,
    law_id text,
    bound_by text not null
);
