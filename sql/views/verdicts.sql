-- Purpose: gates judged (the visible version)
-- Grain: one line a verdict (experiment, gate, segment)
-- Reads: ledger.verdicts, ledger.heads
-- Used by: people, report
create view verdicts as
select
    verdicts.experiment, verdicts.gate, verdicts.kind, verdicts.segment, verdicts.outcome, verdicts.severity,
    verdicts.is_simulated, verdicts.reason, verdicts.remedy, verdicts.measured, verdicts.low, verdicts.high,
    verdicts.confidence, verdicts.operator, verdicts.threshold, verdicts.unit, verdicts.n_units, verdicts.method,
    verdicts.distance, verdicts.runs_needed, verdicts.action, verdicts.owner, verdicts.law_id,
    verdicts.standing, verdicts.standing_since, verdicts.standing_reason, verdicts.data_version,
    verdicts.verdict_id, verdicts.version
from ledger.verdicts as verdicts
inner join ledger.heads as heads
    on heads.experiment = verdicts.experiment and heads.verdicts_version = verdicts.version;
