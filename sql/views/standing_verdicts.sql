-- Purpose: how each experiment stands: its gates counted by outcome and by whether all that decides them was
-- registered before the first observation, the worst blocker first
-- Grain: one line an experiment and is_simulated
-- Reads: verdicts
-- Used by: people, report
create view standing_verdicts as
select
    experiment,
    is_simulated,
    count(*) as n_gates,
    cast(sum(case when outcome = 'pass' then 1 else 0 end) as bigint) as n_pass,
    cast(sum(case when outcome = 'fail' then 1 else 0 end) as bigint) as n_fail,
    cast(sum(case when outcome = 'inconclusive' then 1 else 0 end) as bigint) as n_inconclusive,
    cast(sum(case when outcome = 'insufficient_data' then 1 else 0 end) as bigint) as n_insufficient_data,
    cast(sum(case when outcome = 'not_applicable' then 1 else 0 end) as bigint) as n_not_applicable,
    cast(sum(case when standing = 'confirmatory' then 1 else 0 end) as bigint) as n_confirmatory,
    cast(sum(case when standing = 'exploratory' then 1 else 0 end) as bigint) as n_exploratory,
    min(case when standing = 'exploratory' then standing_since end) as exploratory_since,
    case
        when sum(case when severity = 'blocker' and outcome = 'fail' then 1 else 0 end) > 0 then 'fail'
        when sum(case when severity = 'blocker' and outcome = 'insufficient_data' then 1 else 0 end) > 0
            then 'insufficient_data'
        when sum(case when severity = 'blocker' and outcome = 'inconclusive' then 1 else 0 end) > 0
            then 'inconclusive'
        when sum(case when severity = 'blocker' and outcome = 'pass' then 1 else 0 end) > 0 then 'pass'
        else 'not_applicable'
    end as overall
from verdicts
group by experiment, is_simulated;
