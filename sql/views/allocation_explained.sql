-- Purpose: every step from a plan's standing answer back to the files that it rests on
-- Grain: one line a plan and step of its lineage; steps count from the answer
-- Reads: lineage, ledger.allocations, ledger.sources
-- Used by: people, cli
create view allocation_explained as
with recursive explained as (
    select
        allocations.plan, 1 as step, lineage.noun, lineage.experiment, lineage.version, lineage.from_noun,
        lineage.from_version
    from ledger.allocations as allocations
    inner join lineage on lineage.noun = 'allocation' and lineage.version = allocations.allocation_id
    union
    select
        explained.plan, explained.step + 1, lineage.noun, lineage.experiment, lineage.version, lineage.from_noun,
        lineage.from_version
    from explained
    inner join lineage on lineage.noun = explained.from_noun and lineage.version = explained.from_version
)
select
    explained.plan, min(explained.step) as step, explained.noun, explained.experiment, explained.version,
    explained.from_noun, explained.from_version, sources.path, sources.rows_accepted, sources.taken_in_at
from explained
left join ledger.sources as sources
    on explained.from_noun = 'source' and sources.source_id = explained.from_version
group by
    explained.plan, explained.noun, explained.experiment, explained.version, explained.from_noun,
    explained.from_version, sources.path, sources.rows_accepted, sources.taken_in_at;
