-- Purpose: the declaration that each experiment's rows are read under
-- Grain: one line an experiment; the newest declaration replaces the one before. rows_table names the table
-- of schema recorded that holds its rows
create table ledger.experiments (
    experiment text not null primary key,
    title text not null,
    mode text not null,
    is_simulated boolean not null,
    owner text not null,
    declaration json not null,
    declaration_hash text not null,
    declared_at timestamp with time zone not null,
    rows_table text
);
