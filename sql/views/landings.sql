-- Purpose: the manifest: files looked at and what became of them
-- Grain: one line a path and content
-- Reads: ledger.landings
-- Used by: people, report
create view landings as
select path, source_id, size_bytes, status, message, looked_at
from ledger.landings;
