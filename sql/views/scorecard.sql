-- Purpose: how far measured quantities are from their targets, and when they get there
-- Grain: one line a plan, part (table), item (row) and quantity (column)
-- Reads: plan_figures
-- Used by: people, report
create view scorecard as
select
    plan, part, item, quantity, value, low, high, unit, text, status, method, plan_status, is_simulated, answer_id,
    data_version, position
from plan_figures
where kind = 'scorecard';
