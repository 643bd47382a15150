-- name: has_ledger
-- Purpose: whether the first migration has run
-- Grain: one line
-- Parameters: none
-- Reads: information_schema.tables
-- Used by: store/schema.py
select count(*) > 0 as has_ledger
from information_schema.tables
where table_schema = 'ledger' and table_name = 'migrations';

-- name: schema_number
-- Purpose: the schema version that the store has
-- Grain: one line
-- Parameters: none
-- Reads: ledger.migrations
-- Used by: store/schema.py
select coalesce(max(number), 0) as schema_number from ledger.migrations;

-- name: views_hash
-- Purpose: the content of the views as they were last replaced
-- Grain: one line, none before the first time
-- Parameters: none
-- Reads: ledger.migrations
-- Used by: store/schema.py
select content_hash from ledger.migrations where number = 0;

-- name: note_migration
-- Purpose: remember that a migration ran, or (number 0) which views are in place
-- Grain: one line
-- Parameters: $number, $name, $content_hash
-- Reads: nothing
-- Used by: store/schema.py
insert into ledger.migrations (number, name, content_hash, applied_at)
values ($number, $name, $content_hash, now())
on conflict (number) do update set content_hash = excluded.content_hash, applied_at = excluded.applied_at;
