-- Purpose: who has taken the stale laws of an experiment as they are now, and why
-- Grain: one line an experiment and time; looks before it count no more
create table ledger.law_acknowledgements (
    experiment text not null,
    acknowledged_by text not null,
    reason text not null,
    acknowledged_at timestamp with time zone not null
);
