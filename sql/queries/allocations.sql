-- name: drop_plan
-- Purpose: make way for a plan's new allocations
-- Grain: rows of one table
-- Parameters: $plan
-- Fragments: {table} allocations, allocation_amounts or allocation_baselines
-- Reads: nothing
-- Used by: store/allocation_rows.py
delete from {table} where plan = $plan;

-- name: allocations
-- Purpose: the standing allocations of one plan, or of all when $plan is null
-- Grain: one line an allocation
-- Parameters: $plan
-- Reads: ledger.allocations
-- Used by: store/allocation_rows.py
select *
from ledger.allocations
where plan = coalesce($plan, plan)
order by plan, position;

-- name: allocation_amounts
-- Purpose: what each dimension gets, in one plan or in all when $plan is null
-- Grain: one line an allocation and dimension
-- Parameters: $plan
-- Reads: ledger.allocation_amounts
-- Used by: store/allocation_rows.py
select *
from ledger.allocation_amounts
where plan = coalesce($plan, plan)
order by plan, allocation_id, position;

-- name: allocation_baselines
-- Purpose: what simpler policies reach, in one plan or in all when $plan is null
-- Grain: one line an allocation and policy
-- Parameters: $plan
-- Reads: ledger.allocation_baselines
-- Used by: store/allocation_rows.py
select *
from ledger.allocation_baselines
where plan = coalesce($plan, plan)
order by plan, allocation_id, position;
