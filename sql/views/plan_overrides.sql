-- Purpose: who fixed a dimension of a plan, or lifted that (amount null), why, and until when
-- Grain: one line an override
-- Reads: ledger.plan_overrides
-- Used by: people, report
create view plan_overrides as
select plan, dimension, amount, reason, author, recorded_at, expires_at
from ledger.plan_overrides;
