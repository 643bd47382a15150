-- Purpose: what people decided about reported changes, why and when
-- Grain: one line a decision
-- Reads: ledger.change_decisions
-- Used by: people
create view change_decisions as
select experiment, change_id, status, author, reason, decided_at
from ledger.change_decisions;
