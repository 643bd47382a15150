-- Purpose: rows (line 0: whole files) that were not taken in, each with reason and remedy
-- Grain: one line a rejected row; position orders them within a source
create table ledger.quarantine (
    source_id text not null,
    position bigint not null,
    experiment text,
    line bigint not null,
    field text not null,
    value text not null,
    reason text not null,
    remedy text not null,
    raw text not null
);
