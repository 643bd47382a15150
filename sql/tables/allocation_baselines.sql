-- Purpose: what simpler policies reach under the same budget; null where one has no answer
-- Grain: one line an allocation and policy
create table ledger.allocation_baselines (
    plan text not null,
    allocation_id text not null,
    position bigint not null,
    policy text not null,
    outcome double precision
);
