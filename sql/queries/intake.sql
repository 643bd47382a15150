-- name: stamps
-- Purpose: the newest known stamp of every landing path
-- Grain: one line a path
-- Parameters: none
-- Reads: ledger.landings
-- Used by: store/intake.py
select path, size_bytes, mtime_ns
from (
    select path, size_bytes, mtime_ns, row_number() over (partition by path order by sequence desc) as age
    from ledger.landings
) as looks
where age = 1;

-- name: known_source
-- Purpose: where and how a source came in
-- Grain: one line, none when the content is new
-- Parameters: $source_id
-- Reads: ledger.sources
-- Used by: store/intake.py
select path, rows_read, rows_rejected from ledger.sources where source_id = $source_id;

-- name: note_landing
-- Purpose: put a look at a file into the manifest
-- Grain: one line
-- Parameters: $path, $source_id, $size_bytes, $mtime_ns, $status, $message
-- Reads: ledger.landings
-- Used by: store/intake.py
insert into ledger.landings
    (path, source_id, size_bytes, mtime_ns, status, message, sequence, looked_at)
select
    $path, $source_id, $size_bytes, $mtime_ns, $status, $message,
    (select coalesce(max(sequence), 0) + 1 from ledger.landings), now()
on conflict (path, source_id) do update set
    size_bytes = excluded.size_bytes,
    mtime_ns = excluded.mtime_ns,
    status = excluded.status,
    message = excluded.message,
    sequence = excluded.sequence,
    looked_at = excluded.looked_at;

-- name: note_source
-- Purpose: remember a source that was taken in
-- Grain: one line
-- Parameters: $source_id, $path, $origin, $format, $shape, $size_bytes, $mtime_ns, $rows_read,
-- $rows_accepted, $rows_repeated, $rows_rejected
-- Reads: nothing
-- Used by: store/intake.py
insert into ledger.sources
    (source_id, path, origin, format, shape, size_bytes, mtime_ns, rows_read, rows_accepted, rows_repeated,
     rows_rejected, taken_in_at)
values
    ($source_id, $path, $origin, $format, $shape, $size_bytes, $mtime_ns, $rows_read, $rows_accepted,
     $rows_repeated, $rows_rejected, now());

-- name: contributions
-- Purpose: what makes up an experiment's accepted rows
-- Grain: one line a source that gave at least one row
-- Parameters: $experiment
-- Reads: ledger.contributions
-- Used by: store/intake.py
select source_id, rows_accepted
from ledger.contributions
where experiment = $experiment and rows_accepted > 0
order by source_id;

-- name: stage_incoming
-- Purpose: an empty table for one source's rows, shaped like the one they go to
-- Grain: one temporary table
-- Fragments: {incoming} the new table, {rows} the experiment's table
-- Reads: recorded
-- Used by: store/postgres.py
create temporary table {incoming} as select * from {rows} where 1 = 0;

-- name: judge_incoming
-- Purpose: tell new rows from repeated and contradicting ones, against the store and one another
-- Grain: one line an incoming row; earlier_* name the row it was compared with
-- Fragments: {judged} the new table, {incoming}, {rows}, {content} the columns that are compared,
-- {is_same} their comparison
-- Reads: recorded
-- Used by: store/incoming.py
create temporary table {judged} as
with numbered as (
    select *, row_number() over (partition by experiment, observation_id order by line) as occurrence
    from {incoming}
),
stored as (
    select experiment, observation_id, source_id, line, {content}
    from {rows}
    where (experiment, observation_id) in (select experiment, observation_id from {incoming})
),
reference as (
    select *, true as is_stored from stored
    union all
    select experiment, observation_id, source_id, line, {content}, false
    from numbered
    where occurrence = 1 and (experiment, observation_id) not in (select experiment, observation_id from stored)
)
select
    numbered.experiment,
    numbered.observation_id,
    numbered.line,
    reference.source_id as earlier_source_id,
    reference.line as earlier_line,
    case
        when numbered.occurrence = 1 and not reference.is_stored then 'new'
        when {is_same} then 'repeated'
        else 'contradicting'
    end as fate
from numbered
inner join reference
    on reference.experiment = numbered.experiment and reference.observation_id = numbered.observation_id;

-- name: fates
-- Purpose: how many incoming rows are new, repeated, contradicting
-- Grain: one line an experiment and fate
-- Fragments: {judged}
-- Reads: the temporary table of judge_incoming
-- Used by: store/incoming.py
select experiment, fate, count(*) as n_rows from {judged} group by experiment, fate;

-- name: contradictions
-- Purpose: incoming rows whose key is taken by a row with other content, with the values of both
-- Grain: one line a contradicting row, in order of line
-- Parameters: $path
-- Fragments: {judged}, {incoming}, {rows}, {theirs} and {ours} the compared columns of either side
-- Reads: recorded, ledger.sources
-- Used by: store/incoming.py
select
    judged.experiment,
    judged.line,
    judged.earlier_line,
    coalesce(sources.path, $path) as earlier_path,
    {ours},
    {theirs}
from {judged} as judged
inner join {incoming} as incoming
    on incoming.experiment = judged.experiment
    and incoming.observation_id = judged.observation_id
    and incoming.line = judged.line
left join ledger.sources as sources on sources.source_id = judged.earlier_source_id
inner join (
    select * from {rows}
    where (experiment, observation_id) in (
        select experiment, observation_id from {judged} where fate = 'contradicting'
    )
    union all
    select * from {incoming}
) as earlier
    on earlier.source_id = judged.earlier_source_id
    and earlier.line = judged.earlier_line
    and earlier.experiment = judged.experiment
    and earlier.observation_id = judged.observation_id
where judged.fate = 'contradicting'
order by judged.experiment, judged.line;

-- name: accept_judged
-- Purpose: append the incoming rows that are new
-- Grain: one line an accepted row
-- Fragments: {rows}, {columns}, {incoming}, {judged}
-- Reads: the staged rows and the temporary table of judge_incoming
-- Used by: store/incoming.py
insert into {rows} ({columns})
select {columns}
from {incoming} as incoming
where exists (
    select 1
    from {judged} as judged
    where judged.experiment = incoming.experiment
        and judged.observation_id = incoming.observation_id
        and judged.line = incoming.line
        and judged.fate = 'new'
)
order by experiment, line;

-- name: count_accepted
-- Purpose: how many rows of an experiment were accepted
-- Grain: one line
-- Parameters: $experiment
-- Reads: ledger.contributions
-- Used by: store/relational.py
select cast(coalesce(sum(rows_accepted), 0) as bigint) as n_rows
from ledger.contributions
where experiment = $experiment;

-- name: count_quarantined
-- Purpose: how many rows for an experiment are in quarantine
-- Grain: one line
-- Parameters: $experiment
-- Reads: ledger.quarantine
-- Used by: store/relational.py
select count(*) as n_rows from ledger.quarantine where experiment = $experiment;

-- name: all_contributions
-- Purpose: what makes up the accepted rows of every experiment
-- Grain: one line an experiment and source that gave it at least one row
-- Reads: ledger.contributions
-- Used by: store/intake.py
select experiment, source_id, rows_accepted
from ledger.contributions
where rows_accepted > 0
order by experiment, source_id;

-- name: sources_of_path
-- Purpose: which sources came in under a path
-- Grain: one line a source
-- Parameters: $path
-- Reads: ledger.sources
-- Used by: store/intake.py
select source_id from ledger.sources where path = $path;

-- name: drop_rows_of_source
-- Purpose: take an experiment's rows of one source out
-- Grain: no rows
-- Parameters: $source_id
-- Fragments: {rows}
-- Reads: the experiment's rows
-- Used by: store/intake.py
delete from {rows} where source_id = $source_id;

-- name: drop_contributions
-- Purpose: forget what a source gave
-- Grain: no rows
-- Parameters: $source_id
-- Reads: ledger.contributions
-- Used by: store/intake.py
delete from ledger.contributions where source_id = $source_id;

-- name: drop_quarantine
-- Purpose: forget what of a source was put aside
-- Grain: no rows
-- Parameters: $source_id
-- Reads: ledger.quarantine
-- Used by: store/intake.py
delete from ledger.quarantine where source_id = $source_id;

-- name: drop_landings
-- Purpose: forget that a source was looked at
-- Grain: no rows
-- Parameters: $source_id
-- Reads: ledger.landings
-- Used by: store/intake.py
delete from ledger.landings where source_id = $source_id;

-- name: drop_source
-- Purpose: forget a source
-- Grain: no rows
-- Parameters: $source_id
-- Reads: ledger.sources
-- Used by: store/intake.py
delete from ledger.sources where source_id = $source_id;

-- name: rows_of_source
-- Purpose: how many rows of a source the experiments of a table hold
-- Grain: one line an experiment
-- Parameters: $source_id
-- Fragments: {rows}
-- Reads: recorded
-- Used by: store/incoming.py
select experiment, count(*) as n_rows from {rows} where source_id = $source_id group by experiment;
