-- Purpose: the exponent of each leading law and what its interval says about scaling
-- Grain: one line an experiment, question and segment whose leading law has an exponent; measured and
-- simulated experiments are told apart by is_simulated
-- Reads: latest_laws
-- Used by: people, report
-- The reading is decided on the whole interval, never on the point, and by absolute value (a falling
-- metric scales too): constant within 0.1 of 0, linear within 0.1 of 1, super-linear above that,
-- sub-linear below 0.9 when 0 is ruled out; undecided when the interval crosses a border or lacks an end.
create view exponent_summary as
select
    experiment, question, metric, segment, is_simulated, family, exponent, exponent_low as low,
    exponent_high as high, exponent_level as level,
    case
        when status not in ('converged', 'bound_hit') then 'undecided'
        when exponent_low is null or exponent_high is null then 'undecided'
        when exponent_low >= -0.1 and exponent_high <= 0.1 then 'constant'
        when exponent_low <= 0 and exponent_high >= 0 then 'undecided'
        when least(abs(exponent_low), abs(exponent_high)) > 1.1 then 'super-linear'
        when least(abs(exponent_low), abs(exponent_high)) >= 0.9
            and greatest(abs(exponent_low), abs(exponent_high)) <= 1.1 then 'linear'
        when greatest(abs(exponent_low), abs(exponent_high)) < 0.9 then 'sub-linear'
        else 'undecided'
    end as interpretation
from latest_laws
where exponent is not null;
