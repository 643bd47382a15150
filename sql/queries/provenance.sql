-- name: provenance_sources
-- Purpose: the sources that gave an experiment rows, for people
-- Grain: one line a source that gave at least one row
-- Parameters: $experiment
-- Reads: ledger.contributions, ledger.sources
-- Used by: store/provenance.py
select sources.source_id, sources.path, sources.origin, contributions.rows_accepted, sources.taken_in_at
from ledger.contributions as contributions
inner join ledger.sources as sources on sources.source_id = contributions.source_id
where contributions.experiment = $experiment and contributions.rows_accepted > 0
order by sources.path, sources.source_id;

-- name: head_moved_at
-- Purpose: when what people see of an experiment was made
-- Grain: one line, none before the first verdicts
-- Parameters: $experiment
-- Reads: ledger.heads
-- Used by: store/provenance.py
select moved_at from ledger.heads where experiment = $experiment;
