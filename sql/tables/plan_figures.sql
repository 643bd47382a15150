-- Purpose: the tables of answers to plans, cell by cell (docs/decisions/0009-answers-as-cells.md)
-- Grain: one line an answer, part (table), item (row) and quantity (column)
create table ledger.plan_figures (
    kind text not null,
    plan text not null,
    answer_id text not null,
    position bigint not null,
    part text not null,
    item text not null,
    quantity text not null,
    value double precision,
    low double precision,
    high double precision,
    unit text not null,
    text text not null,
    status text not null,
    method text not null,
    primary key (kind, plan, part, item, quantity)
);
