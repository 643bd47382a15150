-- Purpose: content that was taken in, and where it came from; read = accepted + repeated + rejected
-- Grain: one line a source (the content's SHA-256)
create table ledger.sources (
    source_id text not null primary key,
    path text not null,
    origin text not null,
    format text not null,
    shape text not null,
    size_bytes bigint not null,
    mtime_ns bigint not null,
    rows_read bigint not null,
    rows_accepted bigint not null,
    rows_repeated bigint not null,
    rows_rejected bigint not null,
    taken_in_at timestamp with time zone not null
);
