-- name: offending_rows
-- Purpose: the first rows that break a rule
-- Grain: one line an offender
-- Fragments: {rule} a query of sql/checks, {shown} how many at most
-- Reads: what the rule reads
-- Used by: store/checks.py
select * from ({rule}) as offenders limit {shown};

-- name: offending_count
-- Purpose: how many rows break a rule
-- Grain: one line an experiment with such rows
-- Fragments: {rule} a query of sql/checks
-- Reads: what the rule reads
-- Used by: store/checks.py
select experiment, count(*) as n_rows from ({rule}) as offenders group by experiment;

-- name: newest_trials
-- Purpose: experiments' trials as they were written last, visible yet or not
-- Grain: one line a trial
-- Parameters: $experiments
-- Reads: ledger.trials, ledger.versions
-- Used by: store/checks.py
select trials.*
from ledger.trials as trials
inner join (
    select experiment, version, row_number() over (partition by experiment order by sequence desc) as age
    from ledger.versions
    where noun = 'trials' and experiment in (select unnest(cast($experiments as text[])))
) as written
    on written.experiment = trials.experiment and written.version = trials.version and written.age = 1;

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
-- Parameters: $experiment, $source_id, $lines
-- Fragments: {rows} the experiment's table
-- Reads: recorded
-- Used by: store/screening.py
delete from {rows} where experiment = $experiment and source_id = $source_id and line = any($lines);
