-- Purpose: declarations as they were registered, how verdicts stand to them, and which unit runs which arm
create table ledger.registrations (
    experiment text not null,
    sequence bigint not null,
    registration_hash text not null,
    declaration json not null,
    occasion text not null,
    is_after_data boolean not null,
    n_rows bigint not null,
    registered_at timestamp with time zone not null,
    primary key (experiment, sequence)
);
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
create table ledger.assignment_refusals (
    experiment text not null,
    unit text not null,
    reason text not null,
    message text not null,
    context json not null,
    refused_at timestamp with time zone not null
);
alter table ledger.verdicts add column standing text;
alter table ledger.verdicts add column standing_since timestamp with time zone;
alter table ledger.verdicts add column standing_reason text;
