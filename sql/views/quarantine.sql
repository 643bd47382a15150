-- Purpose: rows that were not taken in, with reason and remedy
-- Grain: one line a rejected row (line 0: a whole file)
-- Reads: ledger.quarantine, ledger.sources
-- Used by: people, report
create view quarantine as
select
    quarantine.experiment, sources.path, quarantine.line, quarantine.field, quarantine.value,
    quarantine.reason, quarantine.remedy, quarantine.raw, quarantine.source_id
from ledger.quarantine as quarantine
left join ledger.sources as sources on sources.source_id = quarantine.source_id;
