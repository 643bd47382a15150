-- Purpose: content that was taken in, with its counts
-- Grain: one line a source
-- Reads: ledger.sources
-- Used by: people, report
create view sources as
select
    source_id, path, origin, format, shape, size_bytes, rows_read, rows_accepted, rows_repeated, rows_rejected,
    taken_in_at
from ledger.sources;
