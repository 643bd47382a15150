-- Purpose: answers to plans of the planning room, each in a sentence
-- Grain: one line a plan
-- Reads: ledger.plan_answers
-- Used by: people, report
create view plan_answers as
select
    plan, kind, title, status, headline, reason, remedy, level, method, is_simulated, owner, answer_id, data_version
from ledger.plan_answers;
