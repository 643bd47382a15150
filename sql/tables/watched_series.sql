-- Purpose: series of laws over time as they were judged last
-- Grain: one line an experiment and series; a look replaces the experiment's lines
create table ledger.watched_series (
    experiment text not null,
    version text not null,
    position bigint not null,
    series_id text not null,
    question text not null,
    metric text not null,
    segment json not null,
    hardware json not null,
    by_column text not null,
    family text not null,
    n_points bigint not null,
    oldest text not null,
    newest text not null,
    answer text not null,
    reason text not null,
    method text not null,
    alpha double precision,
    autocorrelation json not null,
    is_simulated boolean not null
);
