-- Purpose: the history of a law's parts over time
-- Grain: one line a series, point and part; a look replaces the experiment's lines
create table ledger.watched_points (
    experiment text not null,
    series_id text not null,
    position bigint not null,
    point text not null,
    part text not null,
    value double precision not null,
    n_runs bigint not null
);
