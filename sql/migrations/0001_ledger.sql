-- Purpose: the first schema: ledger (all that is written), recorded (raw rows, one table an
-- experiment), observations (those rows with derived metrics, one view an experiment)
create schema if not exists ledger;
create schema if not exists recorded;
create schema if not exists observations;
create table ledger.migrations (
    number integer not null primary key,
    name text not null,
    content_hash text not null,
    applied_at timestamp with time zone not null
);
create table ledger.experiments (
    experiment text not null primary key,
    title text not null,
    mode text not null,
    is_simulated boolean not null,
    owner text not null,
    declaration json not null,
    declaration_hash text not null,
    declared_at timestamp with time zone not null
);
create table ledger.sources (
    source_id text not null primary key,
    path text not null,
    origin text not null,
    format text not null,
    shape text not null,
    size_bytes bigint not null,
    mtime_ns bigint not null,
    rows_read bigint not null,
    rows_accepted bigint not null,
    rows_repeated bigint not null,
    rows_rejected bigint not null,
    taken_in_at timestamp with time zone not null
);
create table ledger.contributions (
    source_id text not null,
    experiment text not null,
    rows_accepted bigint not null,
    rows_repeated bigint not null,
    rows_rejected bigint not null,
    primary key (experiment, source_id)
);
create table ledger.landings (
    path text not null,
    source_id text not null,
    size_bytes bigint not null,
    mtime_ns bigint not null,
    status text not null,
    message text not null,
    sequence bigint not null,
    looked_at timestamp with time zone not null,
    primary key (path, source_id)
);
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
create table ledger.versions (
    noun text not null,
    experiment text not null,
    version text not null,
    sequence bigint not null,
    written_at timestamp with time zone not null,
    primary key (noun, experiment, version)
);
create table ledger.heads (
    experiment text not null primary key,
    observations_version text,
    trials_version text,
    laws_version text,
    verdicts_version text,
    moved_at timestamp with time zone not null
);
create table ledger.trials (
    experiment text not null,
    version text not null,
    position bigint not null,
    metric text not null,
    unit text not null,
    seed bigint,
    cell_id text not null,
    dimensions json not null,
    contexts json not null,
    condition text,
    is_simulated boolean not null,
    n bigint not null,
    value double precision,
    sd double precision,
    numerator double precision,
    denominator double precision,
    sample double precision[]
);
create table ledger.laws (
    experiment text not null,
    version text not null,
    position bigint not null,
    law_id text not null,
    question text not null,
    metric text not null,
    axes text[] not null,
    segment json not null,
    family text not null,
    status text not null,
    reason text not null,
    estimator text not null,
    residuals text not null,
    domain_low double precision[] not null,
    domain_high double precision[] not null,
    noise double precision,
    n_points bigint not null,
    n_units bigint not null,
    n_scales bigint not null,
    extrapolation_limit double precision not null,
    seed bigint not null,
    code_version text not null,
    data_version text not null,
    is_leading boolean not null,
    leading_reason text not null,
    is_simulated boolean not null
);
create table ledger.law_parameters (
    experiment text not null,
    version text not null,
    law_id text not null,
    position bigint not null,
    name text not null,
    value double precision,
    low double precision,
    high double precision,
    level double precision not null,
    method text not null,
    unit text not null,
    role text not null,
    is_at_bound boolean not null
);
create table ledger.law_evidence (
    experiment text not null,
    version text not null,
    law_id text not null,
    name text not null,
    value double precision
);
create table ledger.law_draws (
    experiment text not null,
    version text not null,
    law_id text not null,
    position bigint not null,
    draws double precision[] not null
);
create table ledger.verdicts (
    experiment text not null,
    version text not null,
    position bigint not null,
    verdict_id text not null,
    gate text not null,
    kind text not null,
    segment json not null,
    outcome text not null,
    reason text not null,
    remedy text not null,
    measured double precision,
    low double precision,
    high double precision,
    confidence double precision not null,
    operator text not null,
    threshold double precision[] not null,
    unit text not null,
    n_units bigint not null,
    method text not null,
    severity text not null,
    action text not null,
    owner text not null,
    law_id text,
    distance text not null,
    runs_needed bigint,
    is_simulated boolean not null,
    data_version text not null
);
create table ledger.verdict_evidence (
    experiment text not null,
    version text not null,
    verdict_id text not null,
    name text not null,
    value double precision
);
create table ledger.allocations (
    plan text not null,
    position bigint not null,
    allocation_id text not null,
    status text not null,
    reason text not null,
    budget double precision not null,
    cost double precision,
    leftover double precision,
    currency text not null,
    outcome double precision,
    outcome_low double precision,
    outcome_high double precision,
    outcome_unit text not null,
    level double precision not null,
    method text not null,
    shadow_price double precision,
    agreement double precision,
    is_simulated boolean not null,
    data_version text not null
);
create table ledger.allocation_amounts (
    plan text not null,
    allocation_id text not null,
    position bigint not null,
    dimension text not null,
    amount double precision,
    low double precision,
    high double precision,
    unit text not null,
    cost double precision,
    law_id text,
    bound_by text not null
);
create table ledger.allocation_baselines (
    plan text not null,
    allocation_id text not null,
    position bigint not null,
    policy text not null,
    outcome double precision
);
