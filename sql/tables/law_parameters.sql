-- Purpose: parameters of laws with their intervals; a bound that is missing is one-sided
-- Grain: one line a law and parameter, whichever versions hold the law; version is the first that did
create table ledger.law_parameters (
    experiment text not null,
    version text not null,
    law_id text not null,
    position bigint not null,
    name text not null,
    value double precision,
    low double precision,
    high double precision,
    level double precision not null,
    method text not null,
    unit text not null,
    role text not null,
    is_at_bound boolean not null
);
