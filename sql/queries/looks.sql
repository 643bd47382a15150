-- name: looked_at_versions
-- Purpose: versions of laws that new runs have been held against already
-- Grain: one line an experiment and version
-- Parameters: $experiments, $versions, in the same order
-- Reads: ledger.law_looks
-- Used by: store/look_rows.py
select distinct experiment, version
from ledger.law_looks
where (experiment, version) in (
    select unnest(cast($experiments as text[])), unnest(cast($versions as text[]))
);

-- name: newest_looks
-- Purpose: the newest look at each law since its experiment's last acknowledgement
-- Grain: one line an experiment, question and segment
-- Parameters: $experiments
-- Reads: ledger.law_looks, ledger.law_acknowledgements
-- Used by: store/look_rows.py
select ranked.*
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
    where looks.experiment in (select unnest(cast($experiments as text[])))
        and (last.acknowledged_at is null or looks.looked_at > last.acknowledged_at)
) as ranked
where ranked.rank = 1
order by ranked.experiment, ranked.position;
