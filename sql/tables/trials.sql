-- Purpose: what each unit amounted to in each cell
-- Grain: one line an experiment, version, metric, unit and cell; dimensions and contexts are JSON
-- objects, sample holds the ascending values of quantile metrics
create table ledger.trials (
    experiment text not null,
    version text not null,
    position bigint not null,
    metric text not null,
    unit text not null,
    seed bigint,
    cell_id text not null,
    dimensions json not null,
    contexts json not null,
    condition text,
    is_simulated boolean not null,
    n bigint not null,
    value double precision,
    sd double precision,
    numerator double precision,
    denominator double precision,
    sample double precision[]
);
