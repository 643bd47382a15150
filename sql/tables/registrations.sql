-- Purpose: every declaration that an experiment has had, each from when it was first seen
-- Grain: one line an experiment and sequence (from 1); nothing is ever changed in it or taken out
create table ledger.registrations (
    experiment text not null,
    sequence bigint not null,
    registration_hash text not null,
    declaration json not null,
    occasion text not null,
    is_after_data boolean not null,
    n_rows bigint not null,
    registered_at timestamp with time zone not null,
    primary key (experiment, sequence)
);
