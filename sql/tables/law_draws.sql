-- Purpose: bootstrap draws of a law's parameters, one array of replicates a parameter
-- Grain: one line a law and parameter (position as in law_parameters); none when not usable
create table ledger.law_draws (
    experiment text not null,
    version text not null,
    law_id text not null,
    position bigint not null,
    draws double precision[] not null
);
