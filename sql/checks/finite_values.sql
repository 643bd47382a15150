-- Purpose: every value of a metric is a finite number (an infinite or undefined one comes from a formula)
-- Asset: observations
-- Severity: blocker
-- Passes when: no rows
-- Grain: one line a row and metric
-- Fragments: {metric_values} value of every metric in every row
select experiment, source_id, line, metric, value
from {metric_values} as measured
where value is not null and not coalesce(value - value = 0, false);
