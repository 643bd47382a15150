-- Purpose: what laws say beside one another: contexts, time, knees, exponent classes, turns
-- Grain: one line an experiment, version and finding; none where no question declares compare
create table ledger.law_findings (
    experiment text not null,
    version text not null,
    position bigint not null,
    question text not null,
    metric text not null,
    segment json not null,
    family text not null,
    subject text not null,
    name text not null,
    answer text not null,
    value double precision,
    low double precision,
    high double precision,
    level double precision,
    p_value double precision,
    reason text not null,
    method text not null,
    is_simulated boolean not null
);
