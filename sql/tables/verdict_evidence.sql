-- Purpose: further numbers behind a verdict; null where one could not be measured
-- Grain: one line a verdict and piece of evidence
create table ledger.verdict_evidence (
    experiment text not null,
    version text not null,
    verdict_id text not null,
    name text not null,
    value double precision
);
