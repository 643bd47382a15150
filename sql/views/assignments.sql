-- Purpose: which arm each unit got, and when
-- Grain: one line an experiment and unit
-- Reads: ledger.assignments
-- Used by: people, report
create view assignments as
select experiment, unit, arm, block, position, context, is_planned, assigned_at
from ledger.assignments;
