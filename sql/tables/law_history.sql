-- Purpose: parameters of leading laws that people have seen and that a refit has replaced
-- Grain: one line an experiment, replaced version, law and parameter
create table ledger.law_history (
    experiment text not null,
    version text not null,
    law_id text not null,
    question text not null,
    metric text not null,
    segment json not null,
    family text not null,
    n_units bigint not null,
    is_simulated boolean not null,
    position bigint not null,
    name text not null,
    role text not null,
    value double precision,
    low double precision,
    high double precision,
    level double precision not null,
    unit text not null,
    replaced_at timestamp with time zone not null
);
