-- Purpose: less than 10 % of the rows that came for the experiment are in quarantine
-- Asset: observations
-- Severity: warning
-- Passes when: no rows
-- Grain: one line an experiment that reaches the share
-- Parameters: $experiments
-- Reads: ledger.contributions
select experiment, n_rows, n_rejected, 100.0 * n_rejected / n_rows as rejected_pct
from (
    select
        experiment,
        cast(sum(rows_accepted + rows_repeated + rows_rejected) as bigint) as n_rows,
        cast(sum(rows_rejected) as bigint) as n_rejected
    from ledger.contributions
    where experiment in (select unnest(cast($experiments as text[])))
    group by experiment
) as totals
where n_rows > 0 and 10 * n_rejected >= n_rows;
