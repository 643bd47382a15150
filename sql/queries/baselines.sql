-- name: newest_baseline
-- Purpose: the newest version of a name
-- Grain: one line, none when there is no baseline of this name
-- Parameters: $baseline
-- Reads: ledger.baselines
-- Used by: store/baseline_rows.py
select version, baseline_id
from ledger.baselines
where baseline = $baseline
order by version desc
limit 1;

-- name: baselines
-- Purpose: all baselines with who certified them, of one name or of all when $baseline is null
-- Grain: one line a name and version
-- Parameters: $baseline
-- Reads: ledger.baselines
-- Used by: store/baseline_rows.py
select *
from ledger.baselines
where baseline = coalesce($baseline, baseline)
order by baseline, version;

-- name: rows_of_baseline
-- Purpose: what belongs to one version of a baseline, in the order of writing
-- Grain: one line a law, part or metric
-- Parameters: $baseline, $version
-- Fragments: {table} a table of what belongs to baselines, {order} its order
-- Reads: ledger.baseline_laws, ledger.baseline_parts, ledger.baseline_metrics
-- Used by: store/baseline_rows.py
select *
from {table}
where baseline = $baseline and version = $version
order by {order};
