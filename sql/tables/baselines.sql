-- Purpose: laws and metrics that somebody vouched for, under a name
-- Grain: one line a name and version (from 1); nothing is ever changed in it or taken out
create table ledger.baselines (
    baseline text not null,
    version bigint not null,
    baseline_id text not null,
    certified_by text not null,
    reason text not null,
    certified_at timestamp with time zone not null,
    program text not null,
    n_laws bigint not null,
    n_metrics bigint not null,
    primary key (baseline, version)
);
