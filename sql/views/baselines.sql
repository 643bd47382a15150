-- Purpose: certified baselines: who vouched for what under which name, and why
-- Grain: one line a name and version; the highest version of a name stands
-- Reads: ledger.baselines
-- Used by: people
create view baselines as
select
    baseline, version, certified_by, reason, certified_at, n_laws, n_metrics, program, baseline_id
from ledger.baselines;
