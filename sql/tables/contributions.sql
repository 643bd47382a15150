-- Purpose: what a source gave to each experiment; the accepted rows' identity is made of these lines
-- Grain: one line a source and experiment
create table ledger.contributions (
    source_id text not null,
    experiment text not null,
    rows_accepted bigint not null,
    rows_repeated bigint not null,
    rows_rejected bigint not null,
    primary key (experiment, source_id)
);
