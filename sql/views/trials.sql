-- Purpose: what each unit amounted to in each cell (the visible version)
-- Grain: one line an experiment, metric, unit and cell
-- Reads: ledger.trials, ledger.heads
-- Used by: people, report
create view trials as
select
    trials.experiment, trials.metric, trials.unit, trials.seed, trials.dimensions, trials.contexts,
    trials.condition, trials.is_simulated, trials.n, trials.value, trials.sd, trials.numerator,
    trials.denominator, trials.sample, trials.cell_id, trials.version
from ledger.trials as trials
inner join ledger.heads as heads
    on heads.experiment = trials.experiment and heads.trials_version = trials.version;
