-- name: drop_claims
-- Purpose: make way for a new audit
-- Grain: rows
-- Parameters: none
-- Reads: nothing
-- Used by: store/claim_rows.py
delete from ledger.claims;

-- name: claims
-- Purpose: the standing audit of one document, or of all when $sheet is null
-- Grain: one line a claim
-- Parameters: $sheet
-- Reads: ledger.claims
-- Used by: store/claim_rows.py
select *
from ledger.claims
where sheet = coalesce($sheet, sheet)
order by sheet, position;
