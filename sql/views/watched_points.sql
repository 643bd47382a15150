-- Purpose: the history of a law's parts over time, to be drawn
-- Grain: one line a series, point and part
-- Reads: ledger.watched_points
-- Used by: people
create view watched_points as
select experiment, series_id, position, point, part, value, n_runs
from ledger.watched_points;
