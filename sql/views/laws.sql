-- Purpose: fitted laws, usable or not (the visible version)
-- Grain: one line a law
-- Reads: ledger.laws, ledger.heads
-- Used by: people, report
create view laws as
select
    laws.experiment, laws.question, laws.metric, laws.axes, laws.segment, laws.family, laws.status, laws.reason,
    laws.is_leading, laws.leading_reason, laws.is_simulated, laws.estimator, laws.residuals, laws.domain_low,
    laws.domain_high, laws.noise, laws.n_points, laws.n_units, laws.n_scales, laws.extrapolation_limit, laws.seed,
    laws.law_id, laws.code_version, laws.data_version, laws.version, laws.position
from ledger.laws as laws
inner join ledger.heads as heads on heads.experiment = laws.experiment and heads.laws_version = laws.version;
