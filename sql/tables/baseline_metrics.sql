-- Purpose: what metrics amounted to when a baseline was certified, by cell
-- Grain: one line a baseline, version, experiment, metric and cell
create table ledger.baseline_metrics (
    baseline text not null,
    version bigint not null,
    position bigint not null,
    experiment text not null,
    metric text not null,
    unit text not null,
    cell json not null,
    value double precision not null,
    low double precision,
    high double precision,
    confidence double precision not null,
    method text not null,
    n_units bigint not null,
    primary key (baseline, version, position)
);
