-- Purpose: the declared experiments
-- Grain: one line an experiment
-- Reads: ledger.experiments
-- Used by: people, report
create view experiments as
select experiment, title, mode, is_simulated, owner, declaration, declared_at
from ledger.experiments;
