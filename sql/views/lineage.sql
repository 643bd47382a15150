-- Purpose: from which version each visible version was made; follow it with a recursive query
-- Grain: one line a noun, name, version and version it came from
-- Reads: ledger.heads, ledger.contributions, ledger.allocation_inputs, ledger.allocation_amounts, ledger.plan_sources, laws, verdicts
-- Used by: people, report
create view lineage as
select 'observations' as noun, heads.experiment, heads.observations_version as version, 'source' as from_noun,
    contributions.source_id as from_version
from ledger.heads as heads
inner join ledger.contributions as contributions
    on contributions.experiment = heads.experiment and contributions.rows_accepted > 0
where heads.observations_version is not null
union all
select 'trials', experiment, trials_version, 'observations', observations_version
from ledger.heads
where trials_version is not null
union all
select 'laws', experiment, laws_version, 'trials', trials_version
from ledger.heads
where laws_version is not null
union all
select 'verdicts', experiment, verdicts_version, 'laws', laws_version
from ledger.heads
where verdicts_version is not null
union all
select 'allocation', read.plan, read.allocation_id, 'laws', laws.version
from (
    select plan, allocation_id, identity from ledger.allocation_inputs where noun = 'law'
    union
    select plan, allocation_id, law_id from ledger.allocation_amounts
) as read
inner join laws on laws.law_id = read.identity
group by read.plan, read.allocation_id, laws.version
union all
select 'allocation', inputs.plan, inputs.allocation_id, 'verdicts', verdicts.version
from ledger.allocation_inputs as inputs
inner join verdicts on verdicts.verdict_id = inputs.identity and verdicts.experiment = inputs.experiment
where inputs.noun = 'verdict'
group by inputs.plan, inputs.allocation_id, verdicts.version
union all
select kind, plan, answer_id, noun, version
from ledger.plan_sources
union all
select 'law', laws.experiment, laws.law_id, 'laws', laws.version
from laws
inner join ledger.plan_sources as sources on sources.noun = 'law' and sources.version = laws.law_id
group by laws.experiment, laws.law_id, laws.version;
