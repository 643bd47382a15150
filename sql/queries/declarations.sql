-- name: declared_as
-- Purpose: the declarations that experiments' tables and views were made for
-- Grain: one line an experiment that is not new
-- Parameters: $experiments
-- Reads: ledger.experiments
-- Used by: store/declarations.py
select experiment, declaration_hash, rows_table
from ledger.experiments
where experiment in (select unnest(cast($experiments as text[])));

-- name: experiments_without_rows
-- Purpose: experiments from before their rows were kept in shared tables
-- Grain: one line an experiment
-- Parameters: none
-- Reads: ledger.experiments
-- Used by: store/declarations.py
select experiment, declaration from ledger.experiments where rows_table is null order by experiment;

-- name: declared_experiments
-- Purpose: names of all experiments that have a table
-- Grain: one line an experiment
-- Parameters: none
-- Reads: ledger.experiments
-- Used by: store/declarations.py
select experiment from ledger.experiments order by experiment;

-- name: note_declarations
-- Purpose: remember the newest declarations of experiments
-- Grain: one line an experiment
-- Parameters: none
-- Reads: the staged rows declared_now
-- Used by: store/declarations.py
insert into ledger.experiments
    (experiment, title, mode, is_simulated, owner, declaration, declaration_hash, declared_at, rows_table)
select experiment, title, mode, is_simulated, owner, declaration, declaration_hash, now(), rows_table
from declared_now
where true
on conflict (experiment) do update set
    title = excluded.title,
    mode = excluded.mode,
    is_simulated = excluded.is_simulated,
    owner = excluded.owner,
    declaration = excluded.declaration,
    declaration_hash = excluded.declaration_hash,
    declared_at = excluded.declared_at,
    rows_table = excluded.rows_table;

-- name: recorded_columns
-- Purpose: the columns that a table of rows has
-- Grain: one line a column, none when there is no table
-- Parameters: $rows_table
-- Reads: information_schema.columns
-- Used by: store/declarations.py
select column_name as name, lower(data_type) as type
from information_schema.columns
where table_schema = 'recorded' and table_name = $rows_table
order by ordinal_position;

-- name: create_recorded
-- Purpose: make a table for the rows of all experiments that have these columns; no primary key,
-- exactly-once comes from the manifest and from the comparison with what is there
-- Grain: one table
-- Fragments: {rows} the table, {columns} names and types of its columns
-- Reads: nothing
-- Used by: store/declarations.py
create table {rows} ({columns});

-- name: index_recorded
-- Purpose: find the rows of one experiment among those of others
-- Grain: one index
-- Fragments: {rows} the table
-- Reads: recorded
-- Used by: store/declarations.py
create index on {rows} (experiment);

-- name: move_recorded
-- Purpose: bring an experiment's rows into the table that has its new columns; they have no value there
-- Grain: one line a row
-- Fragments: {rows} the table, {source} the one before, {columns} of the one before, {experiment} its
-- name as a literal, {condition} which rows are its own
-- Reads: recorded
-- Used by: store/declarations.py
insert into {rows} (experiment, {columns}) select {experiment}, {columns} from {source} where {condition};

-- name: drop_moved
-- Purpose: take rows out that have been brought into another table
-- Grain: no rows
-- Fragments: {rows} the table before, {condition} which rows are the experiment's own
-- Reads: recorded
-- Used by: store/declarations.py
delete from {rows} where {condition};

-- name: drop_recorded
-- Purpose: drop a table that held one experiment only, once its rows are in a shared one
-- Grain: one table
-- Fragments: {rows}
-- Reads: nothing
-- Used by: store/declarations.py
drop table {rows};

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
-- Fragments: {observations} the view, {shown} its columns, {rows} where from, {condition} which of them
-- Reads: recorded
-- Used by: store/declarations.py
create view {observations} as select {shown} from {rows} where {condition};

-- name: probe_expression
-- Purpose: let the database judge a declared expression without reading a row
-- Grain: no line
-- Fragments: {expression} the expression, {scope} the rows it is about
-- Reads: recorded
-- Used by: store/expressions.py
select observation_id, ({expression}) as result from {scope} where 1 = 0;
