-- Purpose: parameters of the visible laws with their intervals
-- Grain: one line a law and parameter
-- Reads: ledger.law_parameters, laws
-- Used by: people, report
create view law_parameters as
select
    laws.experiment, laws.question, laws.metric, laws.segment, laws.family, laws.is_simulated, parameters.name,
    parameters.value, parameters.low, parameters.high, parameters.level, parameters.method, parameters.unit,
    parameters.role, parameters.is_at_bound, parameters.position, laws.law_id, laws.version
from ledger.law_parameters as parameters
inner join laws on laws.experiment = parameters.experiment and laws.law_id = parameters.law_id;
