-- Purpose: newly landed runs against those that a law had before, look by look
-- Grain: one line an experiment, version of its laws and law that got new runs
-- Reads: ledger.law_looks
-- Used by: people
create view law_looks as
select
    experiment, question, metric, segment, look, n_former, n_new, tests, e_value, threshold, is_stale, reason, method,
    is_simulated, law_id, version, looked_at
from ledger.law_looks;
