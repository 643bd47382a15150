-- Purpose: who asked a law for more than it was measured for, how far beyond, and why
-- Grain: one line an override
-- Reads: ledger.overrides
-- Used by: people, report
create view overrides as
select law_id, experiment, question, point, extrapolation_limit, allowed_ratio, reason, author, recorded_at
from ledger.overrides;
