-- Purpose: published claims, recomputed: consistent, inconsistent (with the right value), not derivable
-- Grain: one line a document and claim
-- Reads: ledger.claims
-- Used by: people, report
create view claims as
select
    sheet, name, text, outcome, reason, missing, stated, stated_low, stated_high, derived, derived_low, derived_high,
    off, off_pct, kind, source, place, method, experiment, law_id, is_simulated, note, claim_id, data_version, position
from ledger.claims;
