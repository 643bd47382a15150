-- name: make_roles
-- Purpose: the two roles of a shared server, made by whoever may; without that right the store works
-- all the same, owned by the role that connects
-- Grain: two roles of the whole server
-- Parameters: none
-- Reads: pg_roles
-- Used by: store/postgres.py
do $$
begin
    if not exists (select 1 from pg_roles where rolname = 'scaling_writer') then
        create role scaling_writer nologin;
    end if;
    if not exists (select 1 from pg_roles where rolname = 'scaling_analyst') then
        create role scaling_analyst nologin;
    end if;
    execute format('grant create, connect, temporary on database %I to scaling_writer', current_database());
    execute format('grant connect on database %I to scaling_analyst', current_database());
    grant usage, create on schema public to scaling_writer;
    grant usage on schema public to scaling_analyst;
exception
    when insufficient_privilege or unique_violation or duplicate_object then
        raise notice 'the roles scaling_writer and scaling_analyst were left as they are: %', sqlerrm;
end
$$;

-- name: become_writer
-- Purpose: act as scaling_writer for this transaction, so that all members own the tables together;
-- only where that role exists, may create here, and does not meet tables of somebody else
-- Grain: one line, none when the connecting role stays itself
-- Parameters: none
-- Reads: pg_roles, pg_namespace
-- Used by: store/postgres.py
select set_config('role', writer.rolname, true) as role
from pg_roles as writer
where writer.rolname = 'scaling_writer'
    and pg_has_role(writer.oid, 'member')
    and has_database_privilege(writer.oid, current_database(), 'create')
    and not exists (
        select 1 from pg_namespace as schemas where schemas.nspname = 'ledger' and schemas.nspowner <> writer.oid
    );

-- name: has_roles
-- Purpose: whether there is anybody to grant rights to
-- Grain: one line
-- Parameters: none
-- Reads: pg_roles
-- Used by: store/postgres.py
select count(*) = 2 as has_roles from pg_roles where rolname in ('scaling_writer', 'scaling_analyst');

-- name: grant_tables
-- Purpose: writers write, analysts read observations, now and in views still to be made
-- Grain: rights
-- Parameters: none
-- Reads: nothing
-- Used by: store/postgres.py
do $$
begin
    grant usage on schema observations to scaling_analyst;
    grant select on all tables in schema observations to scaling_analyst;
    alter default privileges in schema observations grant select on tables to scaling_analyst;
    grant usage, create on schema ledger, recorded, observations to scaling_writer;
    grant select, insert, update, delete on all tables in schema ledger, recorded to scaling_writer;
    alter default privileges in schema ledger grant select, insert, update, delete on tables to scaling_writer;
    alter default privileges in schema recorded grant select, insert on tables to scaling_writer;
end
$$;

-- name: grant_view
-- Purpose: analysts read a view of the default schema; they never see the ledger itself
-- Grain: rights
-- Fragments: {view}
-- Reads: nothing
-- Used by: store/postgres.py
grant select on {view} to scaling_analyst;

-- name: wait_for_turn
-- Purpose: one writer at a time: the lock is let go of when the transaction ends, however it ends
-- Grain: one line
-- Parameters: $key
-- Reads: nothing
-- Used by: store/postgres.py
select pg_advisory_xact_lock($key);

-- name: bound_wait
-- Purpose: give up waiting for the lock after a while
-- Grain: one line
-- Parameters: $milliseconds
-- Reads: nothing
-- Used by: store/postgres.py
select set_config('lock_timeout', $milliseconds, true);

-- name: read_only
-- Purpose: one unchanging state for all statements of a session, and no writes
-- Grain: the transaction
-- Parameters: none
-- Reads: nothing
-- Used by: store/postgres.py
set transaction isolation level repeatable read, read only;
