-- Purpose: what was measured about the visible fits
-- Grain: one line a law and piece of evidence
-- Reads: ledger.law_evidence, laws
-- Used by: people, report
create view law_evidence as
select
    laws.experiment, laws.question, laws.metric, laws.segment, laws.family, laws.is_simulated, evidence.name,
    evidence.value, laws.law_id, laws.version
from ledger.law_evidence as evidence
inner join laws on laws.experiment = evidence.experiment and laws.law_id = evidence.law_id;
