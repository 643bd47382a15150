-- Purpose: what was measured about a fit; null where it could not be measured
-- Grain: one line a law and piece of evidence, whichever versions hold the law; version is the first that did
create table ledger.law_evidence (
    experiment text not null,
    version text not null,
    law_id text not null,
    name text not null,
    value double precision
);
