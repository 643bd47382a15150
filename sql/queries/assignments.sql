-- name: assigned_units
-- Purpose: of some units, those that have an arm
-- Grain: one line a unit
-- Parameters: $experiment, $units
-- Reads: ledger.assignments
-- Used by: store/design_rows.py
select experiment, unit, arm, block, position, context, is_planned, assigned_at
from ledger.assignments
where experiment = $experiment and unit in (select unnest(cast($units as text[])));

-- name: assignment_counts
-- Purpose: units so far by block and arm
-- Grain: one line a block and arm that has a unit
-- Parameters: $experiment
-- Reads: ledger.assignments
-- Used by: store/design_rows.py
select block_key, arm, count(*) as n_units
from ledger.assignments
where experiment = $experiment
group by block_key, arm;

-- name: assignments_of
-- Purpose: all assignments of an experiment, in the order in which they were made
-- Grain: one line a unit
-- Parameters: $experiment
-- Reads: ledger.assignments
-- Used by: store/design_rows.py
select experiment, unit, arm, block, position, context, is_planned, assigned_at
from ledger.assignments
where experiment = $experiment
order by assigned_at, block_key, position;
