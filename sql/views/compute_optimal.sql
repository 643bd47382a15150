-- Purpose: the best model sizes and tokens for budgets of compute
-- Grain: one line a plan, part (table), item (row) and quantity (column)
-- Reads: plan_figures
-- Used by: people, report
create view compute_optimal as
select
    plan, part, item, quantity, value, low, high, unit, text, status, method, plan_status, is_simulated, answer_id,
    data_version, position
from plan_figures
where kind = 'compute_optimal';
