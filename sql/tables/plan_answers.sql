-- Purpose: answers to plans of the planning room (next runs, capacity, economics, scenarios, scorecards)
-- Grain: one line a kind and plan; writing a kind replaces its lines
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
