-- Purpose: metric values lie within their declared bounds
-- Asset: observations
-- Severity: blocker
-- Passes when: no rows
-- Grain: one line a row and metric
-- Fragments: {bounded_values} value, lower, upper of every metric in every row
select experiment, source_id, line, metric, value, lower, upper
from {bounded_values} as measured
where value < lower or value > upper;
