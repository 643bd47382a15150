-- Purpose: certified baselines with their laws, parts and metrics; looks of new runs at laws
create table ledger.baselines (
    baseline text not null,
    version bigint not null,
    baseline_id text not null,
    certified_by text not null,
    reason text not null,
    certified_at timestamp with time zone not null,
    program text not null,
    n_laws bigint not null,
    n_metrics bigint not null,
    primary key (baseline, version)
);
create table ledger.baseline_laws (
    baseline text not null,
    version bigint not null,
    position bigint not null,
    experiment text not null,
    question text not null,
    metric text not null,
    metric_unit text not null,
    segment json not null,
    hardware json not null,
    family text not null,
    axes text[] not null,
    residuals text not null,
    domain_low double precision[] not null,
    domain_high double precision[] not null,
    centre double precision[] not null,
    law_id text not null,
    n_units bigint not null,
    units text[] not null,
    is_simulated boolean not null,
    primary key (baseline, version, position)
);
create table ledger.baseline_parts (
    baseline text not null,
    version bigint not null,
    law bigint not null,
    position bigint not null,
    name text not null,
    role text not null,
    unit text not null,
    value double precision not null,
    low double precision,
    high double precision,
    confidence double precision not null,
    estimate double precision not null,
    standard_error double precision not null,
    degrees_of_freedom double precision not null,
    is_log boolean not null,
    worse text not null,
    primary key (baseline, version, law, position)
);
create table ledger.baseline_metrics (
    baseline text not null,
    version bigint not null,
    position bigint not null,
    experiment text not null,
    metric text not null,
    unit text not null,
    cell json not null,
    value double precision not null,
    low double precision,
    high double precision,
    confidence double precision not null,
    method text not null,
    n_units bigint not null,
    primary key (baseline, version, position)
);
create table ledger.law_looks (
    experiment text not null,
    version text not null,
    position bigint not null,
    question text not null,
    metric text not null,
    segment json not null,
    question_id text not null,
    law_id text not null,
    look bigint not null,
    n_former bigint not null,
    n_new bigint not null,
    tests json not null,
    e_value double precision not null,
    threshold double precision not null,
    is_stale boolean not null,
    reason text not null,
    method text not null,
    is_simulated boolean not null,
    looked_at timestamp with time zone not null,
    primary key (experiment, version, position)
);
create table ledger.law_acknowledgements (
    experiment text not null,
    acknowledged_by text not null,
    reason text not null,
    acknowledged_at timestamp with time zone not null
);
