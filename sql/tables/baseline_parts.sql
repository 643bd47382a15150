-- Purpose: levels and parameters of the laws of baselines, as people read them and as they are compared
-- Grain: one line a baseline, version, law (its position) and part
create table ledger.baseline_parts (
    baseline text not null,
    version bigint not null,
    law bigint not null,
    position bigint not null,
    name text not null,
    role text not null,
    unit text not null,
    value double precision not null,
    low double precision,
    high double precision,
    confidence double precision not null,
    estimate double precision not null,
    standard_error double precision not null,
    degrees_of_freedom double precision not null,
    is_log boolean not null,
    worse text not null,
    primary key (baseline, version, law, position)
);
