-- Purpose: newly landed runs against those that a law had before: the tests, and what all looks so far say
-- Grain: one line an experiment, version of its laws and law that got new runs; nothing is ever changed in it
create table ledger.law_looks (
    experiment text not null,
    version text not null,
    position bigint not null,
    question text not null,
    metric text not null,
    segment json not null,
    question_id text not null,
    law_id text not null,
    look bigint not null,
    n_former bigint not null,
    n_new bigint not null,
    tests json not null,
    e_value double precision not null,
    threshold double precision not null,
    is_stale boolean not null,
    reason text not null,
    method text not null,
    is_simulated boolean not null,
    looked_at timestamp with time zone not null,
    primary key (experiment, version, position)
);
