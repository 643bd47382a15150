-- Purpose: the is_simulated flag of every row agrees with the experiment's mode
-- Asset: observations
-- Severity: blocker
-- Passes when: no rows
-- Grain: one line a row
-- Parameters: $is_simulated
-- Fragments: {observations} the experiment's view
select experiment, source_id, line, run_id, is_simulated
from {observations} as rows_of
where is_simulated is distinct from $is_simulated;
