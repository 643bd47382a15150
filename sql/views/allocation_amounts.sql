-- Purpose: what each dimension of a plan gets
-- Grain: one line an allocation and dimension
-- Reads: ledger.allocation_amounts, ledger.allocations
-- Used by: people, report
create view allocation_amounts as
select
    amounts.plan, amounts.dimension, amounts.amount, amounts.low, amounts.high, amounts.unit, amounts.cost,
    amounts.bound_by, amounts.law_id, allocations.status, allocations.is_simulated, amounts.allocation_id
from ledger.allocation_amounts as amounts
inner join ledger.allocations as allocations
    on allocations.plan = amounts.plan and allocations.allocation_id = amounts.allocation_id;
