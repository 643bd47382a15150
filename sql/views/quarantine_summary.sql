-- Purpose: how much of each source was rejected for each experiment, and why
-- Grain: one line an experiment, path, field and reason without its particulars
-- Reads: quarantine
-- Used by: people, report
create view quarantine_summary as
select experiment, path, field, count(*) as n_rows, min(line) as first_line, min(reason) as example_reason,
    min(remedy) as remedy
from quarantine
group by experiment, path, field;
