-- Purpose: each part of the law before and after a change, with its interval
-- Grain: one line a change and part
-- Reads: ledger.change_parts
-- Used by: people
create view change_parts as
select experiment, change_id, position, name, unit, before, difference, low, high, p_value
from ledger.change_parts;
