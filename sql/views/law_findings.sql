-- Purpose: what visible laws say beside one another: contexts, time, knees, exponent classes, turns
-- Grain: one line a finding
-- Reads: ledger.law_findings, ledger.heads
-- Used by: people, report
create view law_findings as
select
    findings.experiment, findings.question, findings.metric, findings.segment, findings.family, findings.subject,
    findings.name, findings.answer, findings.value, findings.low, findings.high, findings.level, findings.p_value,
    findings.reason, findings.method, findings.is_simulated, findings.version, findings.position
from ledger.law_findings as findings
inner join ledger.heads as heads
    on heads.experiment = findings.experiment and heads.laws_version = findings.version;
