-- Purpose: what people decided about reported changes, why and when
-- Grain: one line a decision; nothing is ever changed in it, the last one of a change counts
create table ledger.change_decisions (
    experiment text not null,
    change_id text not null,
    status text not null,
    author text not null,
    reason text not null,
    decided_at timestamp with time zone not null
);
