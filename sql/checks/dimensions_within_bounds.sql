-- Purpose: dimensions are positive and within their declared bounds
-- Asset: observations
-- Severity: blocker
-- Passes when: no rows
-- Grain: one line a row and dimension
-- Fragments: {dimension_values} value, lower, upper of every dimension in every row
select experiment, source_id, line, dimension, value, lower, upper
from {dimension_values} as scaled
where value is null or value <= 0 or value < lower or value > upper;
