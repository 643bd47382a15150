-- Purpose: which migrations this store has seen, and (number 0) the content of its views
-- Grain: one line a migration
create table ledger.migrations (
    number integer not null primary key,
    name text not null,
    content_hash text not null,
    applied_at timestamp with time zone not null
);
