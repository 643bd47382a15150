-- Purpose: units that asked for an arm and got none, and why
-- Grain: one line a question; nothing is ever changed in it
create table ledger.assignment_refusals (
    experiment text not null,
    unit text not null,
    reason text not null,
    message text not null,
    context json not null,
    refused_at timestamp with time zone not null
);
