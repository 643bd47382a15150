-- name: declaration_hash
-- Purpose: the declaration that an experiment's table and view were made for
-- Grain: one line, none when the experiment is new
-- Parameters: $experiment
-- Reads: ledger.experiments
-- Used by: store/declarations.py
select declaration_hash from ledger.experiments where experiment = $experiment;

-- name: declared_experiments
-- Purpose: names of all experiments that have a table
-- Grain: one line an experiment
-- Parameters: none
-- Reads: ledger.experiments
-- Used by: store/declarations.py
select experiment from ledger.experiments order by experiment;

-- name: note_declaration
-- Purpose: remember the newest declaration of an experiment
-- Grain: one line
-- Parameters: $experiment, $title, $mode, $is_simulated, $owner, $declaration, $declaration_hash
-- Reads: nothing
-- Used by: store/declarations.py
insert into ledger.experiments
    (experiment, title, mode, is_simulated, owner, declaration, declaration_hash, declared_at)
values ($experiment, $title, $mode, $is_simulated, $owner, $declaration, $declaration_hash, now())
on conflict (experiment) do update set
    title = excluded.title,
    mode = excluded.mode,
    is_simulated = excluded.is_simulated,
    owner = excluded.owner,
    declaration = excluded.declaration,
    declaration_hash = excluded.declaration_hash,
    declared_at = excluded.declared_at;

-- name: recorded_columns
-- Purpose: the columns that an experiment's table of rows has
-- Grain: one line a column, none when there is no table
-- Parameters: $experiment
-- Reads: information_schema.columns
-- Used by: store/declarations.py
select column_name as name, lower(data_type) as type
from information_schema.columns
where table_schema = 'recorded' and table_name = $experiment
order by ordinal_position;

-- name: create_recorded
-- Purpose: make the table of an experiment's rows; no index, exactly-once comes from the manifest
-- and from the comparison with what is there (an index makes loading 7 times slower)
-- Grain: one table
-- Fragments: {rows} the table, {columns} names and types of its columns
-- Reads: nothing
-- Used by: store/declarations.py
create table {rows} ({columns});

-- name: extend_recorded
-- Purpose: add a newly declared column; rows that are there already have no value in it
-- Grain: one table
-- Fragments: {rows} the table, {column} name and type
-- Reads: nothing
-- Used by: store/declarations.py
alter table {rows} add column {column};

-- name: drop_observations
-- Purpose: make way for the view of a changed declaration
-- Grain: one view
-- Fragments: {observations} the view
-- Reads: nothing
-- Used by: store/declarations.py
drop view if exists {observations};

-- name: create_observations
-- Purpose: an experiment's rows with its declared columns and derived metrics, for people
-- Grain: one line an accepted row
-- Fragments: {observations} the view, {columns} and {metrics} its columns, {scope} where from
-- Reads: recorded.<experiment>
-- Used by: store/declarations.py
create view {observations} as select {columns}{metrics} from {scope};

-- name: probe_expression
-- Purpose: let the database judge a declared expression without reading a row
-- Grain: no line
-- Fragments: {expression} the expression, {scope} the rows it is about
-- Reads: recorded.<experiment>
-- Used by: store/declarations.py
select observation_id, ({expression}) as result from {scope} where 1 = 0;
