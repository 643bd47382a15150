-- Purpose: rules that the experiment declares as blockers are true for every row
-- Asset: observations
-- Severity: blocker
-- Passes when: no rows
-- Grain: one line a row and rule
-- Fragments: {broken_rules} row, rule, severity, condition of every rule that is not true
select experiment, source_id, line, rule, condition
from {broken_rules} as broken
where severity = 'blocker';
