-- Purpose: levels and parameters of the laws of baselines with their intervals
-- Grain: one line a baseline, version, law and part
-- Reads: ledger.baseline_laws, ledger.baseline_parts
-- Used by: people
create view baseline_laws as
select
    laws.baseline, laws.version, laws.experiment, laws.question, laws.metric, laws.segment, laws.hardware, laws.family,
    parts.name, parts.role, parts.value, parts.low, parts.high, parts.confidence, parts.unit, parts.worse,
    laws.n_units, laws.is_simulated, laws.law_id
from ledger.baseline_laws as laws
inner join ledger.baseline_parts as parts
    on parts.baseline = laws.baseline and parts.version = laws.version and parts.law = laws.position;
