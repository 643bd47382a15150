-- Purpose: every declaration that an experiment has had, each from when it was first seen
-- Grain: one line an experiment and sequence
-- Reads: ledger.registrations
-- Used by: people, report
create view registrations as
select
    experiment, sequence, registered_at, occasion, is_after_data, n_rows, registration_hash, declaration
from ledger.registrations;
