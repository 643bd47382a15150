-- name: note_registrations
-- Purpose: register declarations that differ from the newest one of their experiment. An experiment that has
-- ever had a row stays "after data", even if its rows were taken out again.
-- Grain: one line a staged declaration that is new
-- Parameters: none
-- Reads: the staged rows registering, ledger.registrations, ledger.contributions
-- Used by: store/design_rows.py
insert into ledger.registrations
    (experiment, sequence, registration_hash, declaration, occasion, is_after_data, n_rows, registered_at)
select
    registering.experiment,
    coalesce(newest.sequence, 0) + 1,
    registering.registration_hash,
    registering.declaration,
    registering.occasion,
    coalesce(newest.is_after_data, false) or coalesce(taken_in.n_rows, 0) > 0,
    coalesce(taken_in.n_rows, 0),
    registering.registered_at
from registering
left join (
    select experiment, sequence, registration_hash, is_after_data
    from ledger.registrations
    where (experiment, sequence) in (
        select experiment, max(sequence) from ledger.registrations group by experiment
    )
) as newest on newest.experiment = registering.experiment
left join (
    select experiment, cast(sum(rows_accepted) as bigint) as n_rows
    from ledger.contributions
    group by experiment
) as taken_in on taken_in.experiment = registering.experiment
where newest.registration_hash is distinct from registering.registration_hash;

-- name: registrations_of
-- Purpose: the registrations of experiments, oldest first
-- Grain: one line an experiment and sequence
-- Parameters: $experiments
-- Reads: ledger.registrations
-- Used by: store/design_rows.py
select
    experiment, sequence, registration_hash, declaration, occasion, is_after_data, n_rows, registered_at
from ledger.registrations
where experiment in (select unnest(cast($experiments as text[])))
order by experiment, sequence;
