-- Purpose: bootstrap draws of a law's parameters, one array of replicates a parameter
-- Grain: one line a law and parameter (position as in law_parameters), whichever versions hold the law; none
-- when not usable; version is the first that did
create table ledger.law_draws (
    experiment text not null,
    version text not null,
    law_id text not null,
    position bigint not null,
    draws double precision[] not null
);
