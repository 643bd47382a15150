-- Purpose: every trial in the newest trials has at least one row behind it and a finite value
-- Asset: trials
-- Severity: warning
-- Passes when: no rows
-- Grain: one line a trial
-- Fragments: {newest_trials} trials as they were written last
select experiment, metric, unit, dimensions, condition, n, value
from {newest_trials} as trials
where n < 1 or value is null or not coalesce(value - value = 0, false);
