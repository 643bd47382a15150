-- Purpose: the tables of answers to plans, cell by cell; one view a kind shows its own
-- Grain: one line a plan, part (table), item (row) and quantity (column)
-- Reads: ledger.plan_figures, ledger.plan_answers
-- Used by: people, report
create view plan_figures as
select
    figures.plan, figures.part, figures.item, figures.quantity, figures.value, figures.low, figures.high, figures.unit,
    figures.text, figures.status, figures.method, answers.status as plan_status, answers.is_simulated, answers.kind,
    figures.answer_id, answers.data_version, figures.position
from ledger.plan_figures as figures
inner join ledger.plan_answers as answers
    on answers.kind = figures.kind and answers.plan = figures.plan and answers.answer_id = figures.answer_id;
