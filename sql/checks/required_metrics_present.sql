-- Purpose: every required metric has a value, so every component that its formula adds was recorded
-- Asset: observations
-- Severity: blocker
-- Passes when: no rows
-- Grain: one line a row and metric
-- Fragments: {required_values} value of every required metric in every row
select experiment, source_id, line, metric
from {required_values} as measured
where value is null;
