-- Purpose: laws that new runs disagree with and that nobody has acknowledged
-- Grain: one line an experiment, question and segment
-- Reads: ledger.law_looks, ledger.law_acknowledgements
-- Used by: people
create view stale_laws as
select
    ranked.experiment, ranked.question, ranked.metric, ranked.segment, ranked.reason, ranked.e_value, ranked.threshold,
    ranked.n_former, ranked.n_new, ranked.is_simulated, ranked.law_id, ranked.version, ranked.looked_at
from (
    select
        looks.*,
        row_number() over (
            partition by looks.experiment, looks.question, cast(looks.segment as text)
            order by looks.looked_at desc, looks.look desc
        ) as rank
    from ledger.law_looks as looks
    left join (
        select experiment, max(acknowledged_at) as acknowledged_at
        from ledger.law_acknowledgements
        group by experiment
    ) as last on last.experiment = looks.experiment
    where last.acknowledged_at is null or looks.looked_at > last.acknowledged_at
) as ranked
where ranked.rank = 1 and ranked.is_stale;
