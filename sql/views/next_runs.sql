-- Purpose: which runs to do next, and what they are expected to settle
-- Grain: one line a plan, part (table), item (row) and quantity (column)
-- Reads: plan_figures
-- Used by: people, report
create view next_runs as
select
    plan, part, item, quantity, value, low, high, unit, text, status, method, plan_status, is_simulated, answer_id,
    data_version, position
from plan_figures
where kind = 'next_runs';
