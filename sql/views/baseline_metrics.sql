-- Purpose: metrics of baselines: values with intervals, by cell
-- Grain: one line a baseline, version, experiment, metric and cell
-- Reads: ledger.baseline_metrics
-- Used by: people
create view baseline_metrics as
select baseline, version, experiment, metric, cell, value, low, high, confidence, unit, method, n_units
from ledger.baseline_metrics;
