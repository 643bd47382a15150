-- name: offending_rows
-- Purpose: the first rows that break a rule
-- Grain: one line an offender
-- Fragments: {rule} a query of sql/checks, {shown} how many at most
-- Reads: what the rule reads
-- Used by: store/checks.py
select * from ({rule}) as offenders limit {shown};

-- name: offending_count
-- Purpose: how many rows break a rule
-- Grain: one line
-- Fragments: {rule} a query of sql/checks
-- Reads: what the rule reads
-- Used by: store/checks.py
select count(*) as n_rows from ({rule}) as offenders;

-- name: newest_trials
-- Purpose: an experiment's trials as they were written last, visible yet or not
-- Grain: one line a trial
-- Fragments: {experiment} its name as a literal
-- Reads: ledger.trials, ledger.versions
-- Used by: store/checks.py
select *
from ledger.trials
where experiment = {experiment}
    and version = (
        select version
        from ledger.versions
        where noun = 'trials' and experiment = {experiment}
        order by sequence desc
        limit 1
    );
