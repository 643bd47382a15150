-- name: drop_plan
-- Purpose: make way for a plan's new allocations
-- Grain: rows of one table
-- Parameters: $plan
-- Fragments: {table} allocations, allocation_amounts, allocation_baselines or allocation_inputs
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

-- name: allocation_inputs
-- Purpose: what allocations were made from, in one plan or in all when $plan is null
-- Grain: one line an allocation and what it read
-- Parameters: $plan
-- Reads: ledger.allocation_inputs
-- Used by: store/allocation_rows.py
select *
from ledger.allocation_inputs
where plan = coalesce($plan, plan)
order by plan, allocation_id, position;

-- name: note_allocation
-- Purpose: keep an answer in the history, once
-- Grain: one line, none when the plan's last answer is this one
-- Parameters: $plan, $allocation_id, $data_version, $status, $reason, $budget, $cost, $outcome, $outcome_low,
-- $outcome_high, $outcome_unit, $amounts, $binding
-- Reads: ledger.allocation_history
-- Used by: store/allocation_rows.py
insert into ledger.allocation_history
    (plan, allocation_id, data_version, status, reason, budget, cost, outcome, outcome_low, outcome_high,
        outcome_unit, amounts, binding, answered_at)
select
    $plan, $allocation_id, $data_version, $status, $reason, cast($budget as double precision),
    cast($cost as double precision), cast($outcome as double precision), cast($outcome_low as double precision),
    cast($outcome_high as double precision), $outcome_unit, $amounts, $binding, now()
where not exists (
    select 1
    from ledger.allocation_history as kept
    where kept.plan = $plan and kept.data_version = $data_version
        and kept.answered_at = (select max(answered_at) from ledger.allocation_history where plan = $plan)
);

-- name: record_plan_override
-- Purpose: keep who fixed a dimension of a plan, or lifted that
-- Grain: one line
-- Parameters: $plan, $dimension, $amount, $reason, $author, $expires_at
-- Reads: nothing
-- Used by: store/allocation_verbs.py
insert into ledger.plan_overrides
    (plan, dimension, amount, reason, author, expires_at, recorded_at)
values
    ($plan, $dimension, $amount, $reason, $author, $expires_at, now());

-- name: plan_overrides
-- Purpose: the overrides of one plan, or of all when $plan is null, oldest first
-- Grain: one line an override
-- Parameters: $plan
-- Reads: ledger.plan_overrides
-- Used by: store/allocation_verbs.py
select *
from ledger.plan_overrides
where plan = coalesce($plan, plan)
order by recorded_at;
