-- name: has_version
-- Purpose: whether rows of a version are there, even if there are none to show
-- Grain: one line
-- Parameters: $noun, $experiment, $version
-- Reads: ledger.versions
-- Used by: store/versions.py
select count(*) > 0 as has_version
from ledger.versions
where noun = $noun and experiment = $experiment and version = $version;

-- name: note_version
-- Purpose: remember that a version was written, after all that were written before
-- Grain: one line
-- Parameters: $noun, $experiment, $version
-- Reads: ledger.versions
-- Used by: store/versions.py
insert into ledger.versions (noun, experiment, version, sequence, written_at)
select $noun, $experiment, $version, (select coalesce(max(sequence), 0) + 1 from ledger.versions), now();

-- name: heads
-- Purpose: what people see of each experiment
-- Grain: one line an experiment
-- Parameters: none
-- Reads: ledger.heads
-- Used by: store/versions.py
select experiment, observations_version, trials_version, laws_version, verdicts_version
from ledger.heads
order by experiment;

-- name: move_head
-- Purpose: make one version of each noun the visible one
-- Grain: one line
-- Parameters: $experiment, $observations, $trials, $laws, $verdicts
-- Reads: nothing
-- Used by: store/versions.py
insert into ledger.heads
    (experiment, observations_version, trials_version, laws_version, verdicts_version, moved_at)
values ($experiment, $observations, $trials, $laws, $verdicts, now())
on conflict (experiment) do update set
    observations_version = excluded.observations_version,
    trials_version = excluded.trials_version,
    laws_version = excluded.laws_version,
    verdicts_version = excluded.verdicts_version,
    moved_at = excluded.moved_at;

-- name: superseded
-- Purpose: versions of a noun that nobody needs any more: the one the head named before, and all
-- written before the one it names now; later ones stay, somebody is about to name them
-- Grain: one line a version
-- Parameters: $noun, $experiment, $current, $former
-- Reads: ledger.versions
-- Used by: store/versions.py
select version
from ledger.versions
where noun = $noun
    and experiment = $experiment
    and version <> $current
    and (
        version = $former
        or sequence < (
            select sequence
            from ledger.versions
            where noun = $noun and experiment = $experiment and version = $current
        )
    );

-- name: forget_version
-- Purpose: strike a version from the list
-- Grain: one line
-- Parameters: $noun, $experiment, $version
-- Reads: nothing
-- Used by: store/versions.py
delete from ledger.versions
where noun = $noun and experiment = $experiment and version = $version;

-- name: drop_rows_of_version
-- Purpose: delete a superseded version's rows
-- Grain: rows of one table
-- Parameters: $experiment, $version
-- Fragments: {table} one of the noun's tables
-- Reads: nothing
-- Used by: store/versions.py
delete from {table} where experiment = $experiment and version = $version;

-- name: rows_of_version
-- Purpose: all rows of a version, in the order of writing
-- Grain: one line a row
-- Parameters: $experiment, $version
-- Fragments: {table} a table with a position
-- Reads: one table of ledger
-- Used by: store/law_rows.py, store/trial_rows.py
select * from {table} where experiment = $experiment and version = $version order by position;

-- name: parts_of_version
-- Purpose: all lines that belong to a version's rows, grouped by the row they belong to
-- Grain: one line a part
-- Parameters: $experiment, $version
-- Fragments: {table} a table of parts, {owner} the column that names the row, {order} order within it
-- Reads: one table of ledger
-- Used by: store/law_rows.py
select * from {table} where experiment = $experiment and version = $version order by {owner}, {order};
