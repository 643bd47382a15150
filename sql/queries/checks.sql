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

-- name: offenders_of_source
-- Purpose: the rows of one source that break a rule
-- Grain: one line an offender
-- Parameters: $source_id
-- Fragments: {rule} a query of sql/checks on observations
-- Reads: what the rule reads
-- Used by: store/screening.py
select * from ({rule}) as offenders where source_id = $source_id order by line;

-- name: drop_lines_of_source
-- Purpose: take single rows of a source out again
-- Grain: no rows
-- Parameters: $source_id, $lines
-- Fragments: {rows} the experiment's table
-- Reads: recorded.<experiment>
-- Used by: store/screening.py
delete from {rows} where source_id = $source_id and line = any($lines);
