-- name: drop_watched
-- Purpose: make way for a new look at an experiment
-- Grain: rows
-- Parameters: $experiment
-- Fragments: {table} a table that a look replaces
-- Reads: nothing
-- Used by: store/change_rows.py
delete from {table} where experiment = $experiment;

-- name: changes_of
-- Purpose: reported changes of an experiment, or of all when $experiment is null
-- Grain: one line a change
-- Parameters: $experiment
-- Reads: ledger.changes
-- Used by: store/change_rows.py
select *
from ledger.changes
where experiment = coalesce($experiment, experiment)
order by experiment, position;

-- name: change_parts_of
-- Purpose: the parts of reported changes of an experiment, or of all when $experiment is null
-- Grain: one line a change and part
-- Parameters: $experiment
-- Reads: ledger.change_parts
-- Used by: store/change_rows.py
select *
from ledger.change_parts
where experiment = coalesce($experiment, experiment)
order by experiment, change_id, position;

-- name: watched_series_of
-- Purpose: series as they were judged last, of an experiment, or of all when $experiment is null
-- Grain: one line a series
-- Parameters: $experiment
-- Reads: ledger.watched_series
-- Used by: store/change_rows.py
select *
from ledger.watched_series
where experiment = coalesce($experiment, experiment)
order by experiment, position;

-- name: change_decisions_of
-- Purpose: what was decided about changes of an experiment, or of all when $experiment is null, oldest first
-- Grain: one line a decision
-- Parameters: $experiment
-- Reads: ledger.change_decisions
-- Used by: store/change_rows.py
select *
from ledger.change_decisions
where experiment = coalesce($experiment, experiment)
order by decided_at, experiment, change_id;

-- name: first_seen
-- Purpose: when each value of a column was observed first
-- Grain: one line a value
-- Parameters: none
-- Fragments: {observations} the experiment's view, {column} the column
-- Reads: observations.<experiment>
-- Used by: store/change_rows.py
select {column} as point, min(observed_at) as first_at
from {observations}
where {column} is not null and observed_at is not null
group by {column};
