-- Purpose: the newest trials are all simulated or all measured, as the experiment's mode says
-- Asset: trials
-- Severity: blocker
-- Passes when: no rows
-- Grain: one line a trial
-- Parameters: $is_simulated
-- Fragments: {newest_trials} trials as they were written last
select experiment, metric, unit, dimensions, condition, is_simulated
from {newest_trials} as trials
where is_simulated is distinct from $is_simulated;
