-- Purpose: series of laws over time: what the last look said of each
-- Grain: one line a question, group and hardware
-- Reads: ledger.watched_series
-- Used by: people, report
create view watched_series as
select
    experiment, question, metric, segment, hardware, by_column, family, n_points, oldest, newest, answer, reason,
    method, alpha, autocorrelation, is_simulated, series_id, version, position
from ledger.watched_series;
