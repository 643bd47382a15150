-- Purpose: answers to plans, with what they cost and are expected to yield
-- Grain: one line an allocation
-- Reads: ledger.allocations
-- Used by: people, report
create view allocations as
select
    plan, status, reason, budget, cost, leftover, currency, outcome, outcome_low, outcome_high, outcome_unit,
    level, method, shadow_price, agreement, is_simulated, allocation_id, data_version, title, owner, direction, target,
    risk, risk_value, cost_low, cost_high, reaches, binding, explanation
from ledger.allocations;
