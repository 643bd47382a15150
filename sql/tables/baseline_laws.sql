-- Purpose: the laws of baselines; centre is where their level is read, units are hashes of some of their runs
-- Grain: one line a baseline, version and law
create table ledger.baseline_laws (
    baseline text not null,
    version bigint not null,
    position bigint not null,
    experiment text not null,
    question text not null,
    metric text not null,
    metric_unit text not null,
    segment json not null,
    hardware json not null,
    family text not null,
    axes text[] not null,
    residuals text not null,
    domain_low double precision[] not null,
    domain_high double precision[] not null,
    centre double precision[] not null,
    law_id text not null,
    n_units bigint not null,
    units text[] not null,
    is_simulated boolean not null,
    primary key (baseline, version, position)
);
