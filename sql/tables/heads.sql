-- Purpose: which version of each noun people see; moving it makes a refit visible as a whole
-- Grain: one line an experiment
create table ledger.heads (
    experiment text not null primary key,
    observations_version text,
    trials_version text,
    laws_version text,
    verdicts_version text,
    moved_at timestamp with time zone not null
);
