-- Purpose: leading laws as they stand and as they stood, to be compared with one another
-- Grain: one line a version, leading law and parameter; replaced_at is null for those that stand
-- Reads: ledger.law_history, laws, law_parameters
-- Used by: people
create view law_history as
select
    experiment, question, metric, segment, family, name, role, value, low, high, level, unit, n_units,
    is_simulated, law_id, version, replaced_at
from ledger.law_history
union all
select
    laws.experiment, laws.question, laws.metric, laws.segment, laws.family, parameters.name, parameters.role,
    parameters.value, parameters.low, parameters.high, parameters.level, parameters.unit, laws.n_units,
    laws.is_simulated, laws.law_id, laws.version, cast(null as timestamp with time zone)
from laws
inner join law_parameters as parameters
    on parameters.experiment = laws.experiment
    and parameters.version = laws.version
    and parameters.law_id = laws.law_id
where laws.is_leading;
