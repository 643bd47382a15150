-- Purpose: laws, verdicts and overrides that the standing allocations were made from
-- Grain: one line an allocation and what it read
-- Reads: ledger.allocation_inputs
-- Used by: people, report
create view allocation_inputs as
select plan, noun, role, experiment, text, identity, allocation_id
from ledger.allocation_inputs;
