-- Purpose: the leading law of each question and segment, with its main exponent
-- Grain: one line an experiment, question and segment
-- Reads: laws, law_parameters
-- Used by: people, report
create view latest_laws as
select
    laws.experiment, laws.question, laws.metric, laws.segment, laws.is_simulated, laws.family, laws.status,
    exponents.value as exponent, exponents.low as exponent_low, exponents.high as exponent_high,
    exponents.level as exponent_level, laws.reason, laws.leading_reason, laws.n_units, laws.law_id, laws.version
from laws
left join (
    select
        experiment, version, law_id, value, low, high, level,
        row_number() over (partition by experiment, version, law_id order by position) as rank
    from law_parameters
    where role = 'exponent'
) as exponents
    on exponents.experiment = laws.experiment
    and exponents.version = laws.version
    and exponents.law_id = laws.law_id
    and exponents.rank = 1
where laws.is_leading;
