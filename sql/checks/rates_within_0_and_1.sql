-- Purpose: rates in the newest trials lie between 0 and 1
-- Asset: trials
-- Severity: blocker
-- Passes when: no rows
-- Grain: one line a trial
-- Fragments: {newest_trials} trials as they were written last, {rate_metrics} names of rate metrics
select experiment, metric, unit, dimensions, condition, numerator, denominator, value
from {newest_trials} as trials
where metric in ({rate_metrics}) and (value < 0 or value > 1 or numerator < 0 or numerator > denominator);
