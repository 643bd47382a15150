-- Purpose: which versions of trials, laws and verdicts are there, even those without a single row
-- Grain: one line a noun, experiment and version; sequence orders the writes
create table ledger.versions (
    noun text not null,
    experiment text not null,
    version text not null,
    sequence bigint not null,
    written_at timestamp with time zone not null,
    primary key (noun, experiment, version)
);
