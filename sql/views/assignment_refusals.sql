-- Purpose: units that asked for an arm and got none, and why
-- Grain: one line a question
-- Reads: ledger.assignment_refusals
-- Used by: people, report
create view assignment_refusals as
select experiment, unit, reason, message, context, refused_at
from ledger.assignment_refusals;
