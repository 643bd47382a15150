-- name: means_of_metric
-- Purpose: reduce rows to units for a metric of kind value
-- Grain: one line an experiment, unit and cell that has at least one row with a value
-- Fragments: {keys} the key columns, {named_keys} how they come about, {value} the row's value, {scope}
-- Reads: recorded
-- Used by: store/reduction.py
-- The spread leaves infinite values out: they make the mean infinite already, and a check names them.
select
    {keys},
    count(value) as n,
    avg(value) as mean,
    stddev_samp(case when value - value = 0 then value end) as sd
from (select {named_keys}, {value} as value from {scope}) as valued
group by {keys}
having count(value) > 0
order by {keys};

-- name: sums_of_metric
-- Purpose: reduce rows to units for a metric made of two sums (rate, count, ratio)
-- Grain: one line an experiment, unit and cell that has at least one row with both amounts
-- Fragments: {keys}, {named_keys}, {numerator} and {denominator} of a row, {scope}
-- Reads: recorded
-- Used by: store/reduction.py
select
    {keys},
    count(*) as n,
    sum(numerator) as numerator,
    sum(denominator) as denominator
from (
    select {named_keys}, {numerator} as numerator, {denominator} as denominator
    from {scope}
) as amounts
where numerator is not null and denominator is not null
group by {keys}
order by {keys};

-- name: samples_of_metric
-- Purpose: reduce rows to units for a metric of kind quantile, keeping the values themselves
-- Grain: one line an experiment, unit and cell that has at least one row with a value
-- Parameters: $largest, the longest sample
-- Fragments: {keys}, {named_keys}, {value}, {scope}
-- Reads: recorded
-- Used by: store/reduction.py
-- A longer sample keeps $largest equally spaced order statistics, the lowest and the highest among them:
-- rank r (from 0) of n stays when it is round(i (n - 1) / (largest - 1)) for some i.
select
    {keys},
    count(*) as n,
    avg(value) as mean,
    stddev_samp(case when value - value = 0 then value end) as sd,
    array_agg(value order by value) filter (
        where n_values <= $largest
        or floor(
            floor(rank * ($largest - 1.0) / greatest(n_values - 1, 1) + 0.5)
            * (n_values - 1) / ($largest - 1.0) + 0.5
        ) = rank
    ) as sample
from (
    select
        *,
        row_number() over (partition by {keys} order by value) - 1 as rank,
        count(*) over (partition by {keys}) as n_values
    from (select {named_keys}, {value} as value from {scope}) as valued
    where value is not null
) as ranked
group by {keys}
order by {keys};

-- name: sources_of
-- Purpose: the sources of an experiment's rows in the order in which they came
-- Grain: one line a source that gave at least one row
-- Parameters: $experiment
-- Reads: ledger.contributions, ledger.sources
-- Used by: store/reduction.py
select contributions.source_id, contributions.rows_accepted
from ledger.contributions as contributions
inner join ledger.sources as sources on sources.source_id = contributions.source_id
where contributions.experiment = $experiment and contributions.rows_accepted > 0
order by sources.taken_in_at, contributions.source_id;

-- name: line_of_row
-- Purpose: how far into a source its first $rows rows of an experiment reach
-- Grain: one line
-- Parameters: $experiment, $source_id, $rows
-- Fragments: {rows} the experiment's table
-- Reads: recorded
-- Used by: store/reduction.py
select max(line) as line
from (
    select line from {rows} where experiment = $experiment and source_id = $source_id order by line limit $rows
) as lines;

-- name: observations_of
-- Purpose: an experiment's rows in the order in which they came
-- Grain: one line an accepted row
-- Parameters: $limit, null for all; $sources, those in which they lie, null for all; $last, the one of them
-- in which they lie before $line
-- Fragments: {observations} the experiment's view, {columns}
-- Reads: observations.<experiment>, ledger.sources
-- Used by: store/reduction.py
select {columns}
from {observations} as rows_of
left join ledger.sources as sources on sources.source_id = rows_of.source_id
where cast($sources as text[]) is null
    or (
        rows_of.source_id in (select unnest(cast($sources as text[])))
        and (rows_of.source_id <> $last or rows_of.line <= $line)
    )
order by sources.taken_in_at, rows_of.source_id, rows_of.line, rows_of.observation_id
limit $limit;
