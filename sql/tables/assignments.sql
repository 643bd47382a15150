-- Purpose: which arm each unit got; the first answer stands for good
-- Grain: one line an experiment and unit; position counts from 1 within a block (block_key: its canonical JSON)
create table ledger.assignments (
    experiment text not null,
    unit text not null,
    arm text not null,
    block_key text not null,
    block json not null,
    position bigint not null,
    context json not null,
    is_planned boolean not null,
    assigned_at timestamp with time zone not null,
    primary key (experiment, unit)
);
