-- Purpose: the manifest: every landing path and content ever looked at, and what became of it
-- Grain: one line a path and content; sequence orders the looks, the highest of a path is its newest
create table ledger.landings (
    path text not null,
    source_id text not null,
    size_bytes bigint not null,
    mtime_ns bigint not null,
    status text not null,
    message text not null,
    sequence bigint not null,
    looked_at timestamp with time zone not null,
    primary key (path, source_id)
);
