-- Purpose: leading laws as they stand and as they stood, to be compared with one another
-- Grain: one line a version, leading law and parameter; replaced_at is null for those that stand, stale says why
-- the runs that came with this version made the law stale
-- Reads: ledger.law_history, ledger.law_looks, laws, law_parameters
-- Used by: people
create view law_history as
select
    former.experiment, former.question, former.metric, former.segment, former.family, former.name, former.role,
    former.value, former.low, former.high, former.level, former.unit, former.n_units, former.is_simulated,
    former.law_id, former.version, former.replaced_at, looks.reason as stale
from ledger.law_history as former
left join ledger.law_looks as looks
    on looks.experiment = former.experiment
    and looks.version = former.version
    and looks.question = former.question
    and cast(looks.segment as text) = cast(former.segment as text)
    and looks.is_stale
union all
select
    laws.experiment, laws.question, laws.metric, laws.segment, laws.family, parameters.name, parameters.role,
    parameters.value, parameters.low, parameters.high, parameters.level, parameters.unit, laws.n_units,
    laws.is_simulated, laws.law_id, laws.version, cast(null as timestamp with time zone), looks.reason
from laws
inner join law_parameters as parameters
    on parameters.experiment = laws.experiment
    and parameters.version = laws.version
    and parameters.law_id = laws.law_id
left join ledger.law_looks as looks
    on looks.experiment = laws.experiment
    and looks.version = laws.version
    and looks.question = laws.question
    and cast(looks.segment as text) = cast(laws.segment as text)
    and looks.is_stale
where laws.is_leading;
