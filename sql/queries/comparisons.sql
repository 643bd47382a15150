-- name: keep_former_laws
-- Purpose: keep what leading laws said before their rows are dropped; those that the new version holds as well
-- were not replaced
-- Grain: one line a law and parameter
-- Parameters: $experiments, $versions, in the same order
-- Reads: ledger.laws, ledger.law_parameters, ledger.heads
-- Used by: store/versions.py
insert into ledger.law_history (
    experiment, version, law_id, question, metric, segment, family, n_units, is_simulated, position, name, role,
    value, low, high, level, unit, replaced_at
)
select
    laws.experiment, laws.version, laws.law_id, laws.question, laws.metric, laws.segment, laws.family,
    laws.n_units, laws.is_simulated, parameters.position, parameters.name, parameters.role, parameters.value,
    parameters.low, parameters.high, parameters.level, parameters.unit, now()
from ledger.laws as laws
inner join ledger.law_parameters as parameters
    on parameters.experiment = laws.experiment and parameters.law_id = laws.law_id
where
    laws.is_leading
    and (laws.experiment, laws.version) in (
        select unnest(cast($experiments as text[])), unnest(cast($versions as text[]))
    )
    and (laws.experiment, laws.law_id) not in (
        select held.experiment, held.law_id
        from ledger.laws as held
        inner join ledger.heads as heads
            on heads.experiment = held.experiment and heads.laws_version = held.version
        where held.experiment in (select unnest(cast($experiments as text[])))
    );
