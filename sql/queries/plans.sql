-- name: drop_plan_kind
-- Purpose: make way for new answers to plans of a kind
-- Grain: rows of one table
-- Parameters: $kind
-- Fragments: {table} plan_answers, plan_figures or plan_sources
-- Reads: nothing
-- Used by: store/plan_rows.py
delete from {table} where kind = $kind;

-- name: plan_answers
-- Purpose: the standing answers of one kind or all, of one plan or all (null: all)
-- Grain: one line an answer
-- Parameters: $kind, $plan
-- Reads: ledger.plan_answers
-- Used by: store/plan_rows.py
select *
from ledger.plan_answers
where kind = coalesce($kind, kind) and plan = coalesce($plan, plan)
order by kind, plan;

-- name: plan_figures
-- Purpose: the cells of the standing answers, of one kind or all, of one plan or all (null: all)
-- Grain: one line an answer and cell
-- Parameters: $kind, $plan
-- Reads: ledger.plan_figures
-- Used by: store/plan_rows.py
select *
from ledger.plan_figures
where kind = coalesce($kind, kind) and plan = coalesce($plan, plan)
order by kind, plan, position;

-- name: plan_sources
-- Purpose: what the standing answers were made from, of one kind or all, of one plan or all (null: all)
-- Grain: one line an answer and source
-- Parameters: $kind, $plan
-- Reads: ledger.plan_sources
-- Used by: store/plan_rows.py
select *
from ledger.plan_sources
where kind = coalesce($kind, kind) and plan = coalesce($plan, plan)
order by kind, plan, position;
