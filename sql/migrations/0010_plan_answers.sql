-- Purpose: answers to plans of the planning room, as tables made of cells, with what each was made from
create table ledger.plan_answers (
    plan text not null,
    kind text not null,
    answer_id text not null,
    title text not null,
    status text not null,
    headline text not null,
    reason text not null,
    remedy text not null,
    level double precision,
    method text not null,
    is_simulated boolean not null,
    owner text not null,
    data_version text not null,
    primary key (kind, plan)
);
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
create table ledger.plan_sources (
    kind text not null,
    plan text not null,
    answer_id text not null,
    position bigint not null,
    noun text not null,
    name text not null,
    version text not null
);
