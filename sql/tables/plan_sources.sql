-- Purpose: what answers to plans were made from: versions that were read, and each law that they rest on
-- Grain: one line an answer and source
create table ledger.plan_sources (
    kind text not null,
    plan text not null,
    answer_id text not null,
    position bigint not null,
    noun text not null,
    name text not null,
    version text not null
);
