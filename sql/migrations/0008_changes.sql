-- Purpose: changes of laws over time: series, their history, reports and what people decided about them
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
create table ledger.watched_points (
    experiment text not null,
    series_id text not null,
    position bigint not null,
    point text not null,
    part text not null,
    value double precision not null,
    n_runs bigint not null
);
create table ledger.changes (
    experiment text not null,
    position bigint not null,
    change_id text not null,
    series_id text not null,
    question text not null,
    metric text not null,
    segment json not null,
    hardware json not null,
    by_column text not null,
    kind text not null,
    direction text not null,
    effect text not null,
    point text not null,
    previous text not null,
    earliest text not null,
    latest text not null,
    ratio double precision,
    level double precision not null,
    p_value double precision not null,
    reason text not null,
    method text not null,
    severity text not null,
    newest text not null,
    n_points bigint not null,
    is_simulated boolean not null,
    is_shown boolean not null,
    reported_at timestamp with time zone not null
);
create table ledger.change_parts (
    experiment text not null,
    change_id text not null,
    position bigint not null,
    name text not null,
    unit text not null,
    before double precision not null,
    difference double precision not null,
    low double precision not null,
    high double precision not null,
    p_value double precision not null
);
create table ledger.change_decisions (
    experiment text not null,
    change_id text not null,
    status text not null,
    author text not null,
    reason text not null,
    decided_at timestamp with time zone not null
);
