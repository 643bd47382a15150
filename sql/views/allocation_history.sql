-- Purpose: every answer that a plan has had, and whether it still stands
-- Grain: one line an answer
-- Reads: ledger.allocation_history, ledger.allocations
-- Used by: people, report
create view allocation_history as
select
    history.plan, history.status, history.reason, history.budget, history.cost, history.outcome,
    history.outcome_low, history.outcome_high, history.outcome_unit, history.amounts, history.binding,
    history.answered_at,
    exists (
        select 1
        from ledger.allocations as standing
        where standing.plan = history.plan and standing.data_version = history.data_version
    ) as is_standing,
    history.allocation_id, history.data_version
from ledger.allocation_history as history;
