-- name: record_override
-- Purpose: keep an override
-- Grain: one line
-- Parameters: $law_id, $experiment, $question, $point, $extrapolation_limit, $allowed_ratio, $reason, $author
-- Reads: nothing
-- Used by: store/relational.py
insert into ledger.overrides
    (law_id, experiment, question, point, extrapolation_limit, allowed_ratio, reason, author, recorded_at)
values
    ($law_id, $experiment, $question, $point, $extrapolation_limit, $allowed_ratio, $reason, $author, now());
