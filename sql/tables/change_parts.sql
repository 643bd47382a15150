-- Purpose: each part of the law before and after a change
-- Grain: one line a change and part; position 0 is the part that names the change
create table ledger.change_parts (
    experiment text not null,
    change_id text not null,
    position bigint not null,
    name text not null,
    unit text not null,
    before double precision not null,
    difference double precision not null,
    low double precision not null,
    high double precision not null,
    p_value double precision not null
);
