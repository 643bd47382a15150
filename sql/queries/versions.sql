-- name: versions_of
-- Purpose: which versions of experiments are there, even those without a row, in the order of writing
-- Grain: one line a noun, experiment and version
-- Parameters: $experiments
-- Reads: ledger.versions
-- Used by: store/versions.py
select noun, experiment, version, sequence
from ledger.versions
where experiment in (select unnest(cast($experiments as text[])));

-- name: note_versions
-- Purpose: remember that versions were written, after all that were written before
-- Grain: one line a staged version
-- Parameters: none
-- Reads: ledger.versions, the staged rows noted
-- Used by: store/versions.py
insert into ledger.versions (noun, experiment, version, sequence, written_at)
select
    noun, experiment, version, (select coalesce(max(sequence), 0) from ledger.versions) + sequence, now()
from noted;

-- name: heads
-- Purpose: what people see of each experiment
-- Grain: one line an experiment
-- Parameters: none
-- Reads: ledger.heads
-- Used by: store/versions.py
select experiment, observations_version, trials_version, laws_version, verdicts_version
from ledger.heads
order by experiment;

-- name: move_heads
-- Purpose: make one version of each noun the visible one
-- Grain: one line a staged head
-- Parameters: none
-- Reads: the staged rows moved
-- Used by: store/versions.py
insert into ledger.heads
    (experiment, observations_version, trials_version, laws_version, verdicts_version, moved_at)
select experiment, observations_version, trials_version, laws_version, verdicts_version, now()
from moved
where true
on conflict (experiment) do update set
    observations_version = excluded.observations_version,
    trials_version = excluded.trials_version,
    laws_version = excluded.laws_version,
    verdicts_version = excluded.verdicts_version,
    moved_at = excluded.moved_at;

-- name: drop_superseded_rows
-- Purpose: delete superseded versions' rows
-- Grain: rows of one table
-- Parameters: $noun
-- Fragments: {table} one of the noun's tables
-- Reads: the staged rows superseded
-- Used by: store/versions.py
delete from {table}
where (experiment, version) in (select experiment, version from superseded where noun = $noun);

-- name: forget_superseded
-- Purpose: strike versions from the list
-- Grain: one line a staged version
-- Parameters: none
-- Reads: the staged rows superseded
-- Used by: store/versions.py
delete from ledger.versions
where (noun, experiment, version) in (select noun, experiment, version from superseded);

-- name: rows_of_versions
-- Purpose: all rows of one version each of some experiments, in the order of writing
-- Grain: one line a row
-- Parameters: $experiments, $versions, in the same order
-- Fragments: {table} a table with a position
-- Reads: one table of ledger
-- Used by: store/trial_rows.py, store/verdict_rows.py
select *
from {table}
where (experiment, version) in (
    select unnest(cast($experiments as text[])), unnest(cast($versions as text[]))
)
order by experiment, position;

-- name: laws_of_versions
-- Purpose: the laws of one version each of some experiments, in the order of writing
-- Grain: one line a law
-- Parameters: $experiments, $versions, in the same order; $first, how many of each at most
-- Reads: ledger.laws
-- Used by: store/law_rows.py
select *
from ledger.laws
where position < $first
    and (experiment, version) in (
        select unnest(cast($experiments as text[])), unnest(cast($versions as text[]))
    )
order by experiment, position;

-- name: parts_of_laws
-- Purpose: what belongs to the laws of one version each of some experiments, grouped by law
-- Grain: one line a part
-- Parameters: $experiments, $versions, in the same order; $first, of how many laws at most
-- Fragments: {table} a table of parts, {order} order within a law
-- Reads: ledger.laws, a table of parts
-- Used by: store/law_rows.py
select parts.*
from {table} as parts
inner join ledger.laws as laws
    on laws.experiment = parts.experiment and laws.law_id = parts.law_id
where laws.position < $first
    and (laws.experiment, laws.version) in (
        select unnest(cast($experiments as text[])), unnest(cast($versions as text[]))
    )
order by parts.experiment, parts.law_id, parts.{order};

-- name: standing_laws
-- Purpose: which laws one version each of some experiments holds, and what they came from
-- Grain: one line a law
-- Parameters: $experiments, $versions, in the same order
-- Reads: ledger.laws
-- Used by: store/law_rows.py
select experiment, version, question, cast(segment as text) as segment, law_id, data_version
from ledger.laws
where (experiment, version) in (
    select unnest(cast($experiments as text[])), unnest(cast($versions as text[]))
)
order by experiment, position;

-- name: known_laws
-- Purpose: laws of experiments that are there, in whatever version
-- Grain: one line a law
-- Parameters: $experiments
-- Reads: ledger.laws
-- Used by: store/law_rows.py
select experiment, law_id
from ledger.laws
where experiment in (select unnest(cast($experiments as text[])))
group by experiment, law_id;

-- name: count_laws
-- Purpose: how many laws a version holds, and how many of them lead
-- Grain: one line an experiment with laws
-- Parameters: $experiments, $versions, in the same order
-- Reads: ledger.laws
-- Used by: store/law_rows.py
select experiment, count(*) as n_laws, count(case when is_leading then 1 end) as n_leading
from ledger.laws
where (experiment, version) in (
    select unnest(cast($experiments as text[])), unnest(cast($versions as text[]))
)
group by experiment;

-- name: carry_laws
-- Purpose: put laws of one version into another, without their parts, which belong to the laws
-- Grain: one line a staged law
-- Parameters: $experiment, $version to put them into
-- Fragments: {carried} the staged rows: version, law_id, position
-- Reads: ledger.laws, the staged rows
-- Used by: store/law_rows.py
insert into ledger.laws (
    experiment, version, position, law_id, question, metric, axes, segment, family, status, reason, estimator,
    residuals, domain_low, domain_high, noise, n_points, n_units, n_scales, extrapolation_limit, seed,
    code_version, data_version, is_leading, leading_reason, is_simulated
)
select
    laws.experiment, $version, carried.position, laws.law_id, laws.question, laws.metric, laws.axes,
    laws.segment, laws.family, laws.status, laws.reason, laws.estimator, laws.residuals, laws.domain_low,
    laws.domain_high, laws.noise, laws.n_points, laws.n_units, laws.n_scales, laws.extrapolation_limit,
    laws.seed, laws.code_version, laws.data_version, laws.is_leading, laws.leading_reason, laws.is_simulated
from {carried} as carried
inner join ledger.laws as laws on laws.version = carried.version and laws.law_id = carried.law_id
where laws.experiment = $experiment;

-- name: drop_lost_parts
-- Purpose: delete what belongs to laws that no version holds any more
-- Grain: rows of one table
-- Fragments: {table} a table of parts
-- Reads: ledger.laws, the staged rows superseded
-- Used by: store/versions.py
delete from {table}
where experiment in (select experiment from superseded where noun = 'laws')
    and (experiment, law_id) not in (
        select experiment, law_id
        from ledger.laws
        where experiment in (select experiment from superseded where noun = 'laws')
    );

-- name: evidence_of_verdicts
-- Purpose: further numbers behind the verdicts of one version each of some experiments
-- Grain: one line a verdict and piece of evidence
-- Parameters: $experiments, $versions, in the same order
-- Reads: ledger.verdict_evidence
-- Used by: store/verdict_rows.py
select *
from ledger.verdict_evidence
where (experiment, version) in (
    select unnest(cast($experiments as text[])), unnest(cast($versions as text[]))
)
order by experiment, verdict_id, name;
