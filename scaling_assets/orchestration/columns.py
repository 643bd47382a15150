"""Column schemas of the assets, as the Dagster UI shows them.

A test compares each with the columns that the published views really have, so that they cannot drift.
"""

import dagster as dg
import pandas as pd

#: asset -> one line a column: name, type (with _ for a space), what it holds.
COLUMNS: dict[str, str] = {
    "assignments": """
        experiment   VARCHAR  name of the declared experiment
        unit         VARCHAR  identity of the unit, as its runs record it
        arm          VARCHAR  what it runs: a level of the dimension, or a condition
        block        JSON     the context columns and values within which arms are balanced
        position     BIGINT   counts from 1 within the block
        context      JSON     all that was known of the unit
        is_planned   BOOLEAN  true for units of the declared batch
        assigned_at  TIMESTAMP_WITH_TIME_ZONE  when it got its arm
    """,
    "trials": """
        experiment    VARCHAR   name of the declared experiment
        metric        VARCHAR   name of the declared metric
        unit          VARCHAR   identity of the independent unit (run, seed)
        seed          BIGINT    seed of the unit
        dimensions    JSON      value of each scaled dimension
        contexts      JSON      value of each context column
        condition     VARCHAR   experimental condition
        is_simulated  BOOLEAN   true when a simulator made the rows
        n             BIGINT    rows behind the trial
        value         DOUBLE    the unit's value, by the metric's kind
        sd            DOUBLE    spread of the rows within the unit
        numerator     DOUBLE    summed numerator of rates, counts and ratios
        denominator   DOUBLE    summed denominator of rates, counts and ratios
        sample        DOUBLE[]  ordered values, for quantile metrics
        cell_id       VARCHAR   identity of the cell
        version       VARCHAR   content hash of what the rows came from
    """,
    "laws": """
        experiment           VARCHAR    name of the declared experiment
        question             VARCHAR    name of the law question
        metric               VARCHAR    the metric that the law predicts
        axes                 VARCHAR[]  the dimensions that it depends on
        segment              JSON       the group that it was fitted to
        family               VARCHAR    form of the law
        status               VARCHAR    how the fit ended
        reason               VARCHAR    why, in words
        is_leading           BOOLEAN    true for the law that answers the question
        leading_reason       VARCHAR    why it leads
        is_simulated         BOOLEAN    true when a simulator made the rows
        estimator            VARCHAR    loss and its constants
        residuals            VARCHAR    scale of the residuals: log, logit, identity
        domain_low           DOUBLE[]   lowest measured value of each axis
        domain_high          DOUBLE[]   highest measured value of each axis
        noise                DOUBLE     standard deviation of a unit around the curve
        n_points             BIGINT     trials fitted
        n_units              BIGINT     independent units among them
        n_scales             BIGINT     distinct scales among them
        extrapolation_limit  DOUBLE     largest ratio outside the data at which it predicts
        seed                 BIGINT     seed of the bootstrap
        law_id               VARCHAR    content hash of the law
        code_version         VARCHAR    version of the fitting code
        data_version         VARCHAR    content hash of the fitted trials
        version              VARCHAR    content hash of what the rows came from
        position             BIGINT     order within the experiment
    """,
    "changes": """
        experiment    VARCHAR   name of the declared experiment
        change_id     VARCHAR   identity of the report, the same however long the series grows
        status        VARCHAR   open, acknowledged, rebaselined
        severity      VARCHAR   blocker, warning, info
        question      VARCHAR   name of the law question
        metric        VARCHAR   the metric that the law predicts
        segment       JSON      the group
        hardware      JSON      what is never compared with another value of it
        by_column     VARCHAR   the column that names the points of time
        point         VARCHAR   first point after the change
        earliest      VARCHAR   first point of its interval
        latest        VARCHAR   last point of its interval
        kind          VARCHAR   level, exponent, floor, another part, two of them, several parts
        direction     VARCHAR   up, down
        effect        VARCHAR   worse, better, or empty, at the largest measured scale
        part          VARCHAR   the part that names the change
        difference    DOUBLE    after minus before, of this part
        low           DOUBLE    lower end of its interval
        high          DOUBLE    upper end of its interval
        unit          VARCHAR   unit of the difference; log: a difference of logarithms
        ratio         DOUBLE    factor of the value at the largest measured scale
        level         DOUBLE    level of the intervals
        p_value       DOUBLE    chance of so large a step anywhere without any
        previous      VARCHAR   last point before the change
        newest        VARCHAR   newest point when it was reported
        n_points      BIGINT    points of the series at the last look that showed it
        is_shown      BOOLEAN   false when later points do not support it
        is_simulated  BOOLEAN   true when a simulator made the rows
        reported_at   TIMESTAMP_WITH_TIME_ZONE  when it was first reported
        author        VARCHAR   who decided about it last
        decision_reason  VARCHAR  why
        decided_at    TIMESTAMP_WITH_TIME_ZONE  when
        reason        VARCHAR   what changed, in words
        method        VARCHAR   how it was found
        series_id     VARCHAR   identity of the series
        position      BIGINT    order within the experiment
    """,
    "verdicts": """
        experiment    VARCHAR   name of the declared experiment
        gate          VARCHAR   name of the declared gate
        kind          VARCHAR   kind of gate
        segment       JSON      the group that was judged
        outcome       VARCHAR   pass, fail, inconclusive, insufficient_data, not_applicable
        severity      VARCHAR   blocker, warning, info
        is_simulated  BOOLEAN   true when a simulator made the rows
        reason        VARCHAR   why, in words
        remedy        VARCHAR   what to do
        measured      DOUBLE    the estimate
        low           DOUBLE    lower end of its interval
        high          DOUBLE    upper end of its interval
        confidence    DOUBLE    confidence of each one-sided bound
        operator      VARCHAR   how measured and threshold compare
        threshold     DOUBLE[]  one number, or two for a band
        unit          VARCHAR   unit of measured and threshold
        n_units       BIGINT    independent units judged
        method        VARCHAR   how the interval came about
        distance      VARCHAR   where a prediction lies with respect to the data
        runs_needed   BIGINT    further units that would settle it
        action        VARCHAR   declared action
        owner         VARCHAR   declared owner
        law_id        VARCHAR   the law that was judged
        standing      VARCHAR   confirmatory (registered before the first observation) or exploratory
        standing_since   TIMESTAMP_WITH_TIME_ZONE  since when it stands so
        standing_reason  VARCHAR  which parts changed, with their old and new values
        data_version  VARCHAR   content hash of trials, laws and gates
        verdict_id    VARCHAR   content hash of the verdict
        version       VARCHAR   content hash of what the rows came from
    """,
    "allocations": """
        plan           VARCHAR  name of the declared plan
        status         VARCHAR  optimal, infeasible, waiting, refused
        reason         VARCHAR  why, in words
        budget         DOUBLE   what may be spent
        cost           DOUBLE   what the amounts cost
        leftover       DOUBLE   what remains
        currency       VARCHAR  unit of budget and cost
        outcome        DOUBLE   expected outcome
        outcome_low    DOUBLE   lower end of its interval
        outcome_high   DOUBLE   upper end of its interval
        outcome_unit   VARCHAR  unit of the outcome
        level          DOUBLE   level of the interval
        method         VARCHAR  how it was found
        shadow_price   DOUBLE   gain per further unit of currency
        agreement      DOUBLE   share of parameter draws in which these amounts are best
        is_simulated   BOOLEAN  true when a law in it comes from simulated rows
        allocation_id  VARCHAR  content hash of the allocation
        data_version   VARCHAR  content hash of plan, laws and verdicts
        title          VARCHAR  the plan's title
        owner          VARCHAR  who owns the plan
        direction      VARCHAR  higher or lower: which outcome is wanted
        target         DOUBLE   outcome to reach at least cost
        risk           VARCHAR  what was optimised: estimate, mean, quantile, probability, regret
        risk_value     DOUBLE   its value, where it is not the estimate
        cost_low       DOUBLE   lower end of what the draws' own choices cost
        cost_high      DOUBLE   upper end of it
        reaches        DOUBLE   share of draws in which the amounts reach the target
        binding        VARCHAR  the constraint that stops the whole
        explanation    JSON     why not more, in sentences
    """,
    "claims": """
        sheet         VARCHAR  name of the declared document
        name          VARCHAR  name of the claim
        text          VARCHAR  the claim in the document's words
        outcome       VARCHAR  consistent, inconsistent, not_derivable
        reason        VARCHAR  why, in words
        missing       VARCHAR  what is needed where it is not derivable
        stated        VARCHAR  the claimed number as printed
        stated_low    DOUBLE   lower end of what it stands for
        stated_high   DOUBLE   upper end of what it stands for
        derived       DOUBLE   the right value
        derived_low   DOUBLE   lower end of what the stated numbers allow
        derived_high  DOUBLE   upper end of what the stated numbers allow
        off           DOUBLE   claimed minus right value, where inconsistent
        off_pct       DOUBLE   the same in per cent of the right value
        kind          VARCHAR  kind of claim
        source        VARCHAR  the document
        place         VARCHAR  where in it
        method        VARCHAR  how the right value came about
        experiment    VARCHAR  the lab's experiment that it is compared with
        law_id        VARCHAR  the lab's law that it is compared with
        is_simulated  BOOLEAN  true when that comes from simulated rows
        note          VARCHAR  the declaration's note
        claim_id      VARCHAR  content hash of the answer
        data_version  VARCHAR  content hash of the document's claims and of what they are compared with
        position      BIGINT   order within the document
    """,
    "plan_figures": """
        plan          VARCHAR  name of the declared plan
        part          VARCHAR  the table of the answer that the cell is in
        item          VARCHAR  its row
        quantity      VARCHAR  its column
        value         DOUBLE   the number, where there is one
        low           DOUBLE   lower end of its interval
        high          DOUBLE   upper end of its interval
        unit          VARCHAR  unit of the number
        text          VARCHAR  words, or the arithmetic behind the number
        status        VARCHAR  what it means, in a word
        method        VARCHAR  how it came about
        plan_status   VARCHAR  answered, waiting, infeasible, refused
        is_simulated  BOOLEAN  true when the answer rests on simulated rows
        kind          VARCHAR  kind of plan
        answer_id     VARCHAR  content hash of the answer
        data_version  VARCHAR  content hash of plan and of what it reads
        position      BIGINT   order within the answer
    """,
    "exponent_summary": """
        experiment      VARCHAR  name of the declared experiment
        question        VARCHAR  name of the law question
        metric          VARCHAR  the metric that the law predicts
        segment         JSON     the group that it was fitted to
        is_simulated    BOOLEAN  true when a simulator made the rows
        family          VARCHAR  form of the leading law
        exponent        DOUBLE   exponent of the leading law
        low             DOUBLE   lower end of its interval
        high            DOUBLE   upper end of its interval
        level           DOUBLE   level of the interval
        interpretation  VARCHAR  constant, sub-linear, linear, super-linear, undecided
    """,
}


def schema_of(asset: str) -> dg.TableSchema:
    """The declared columns of an asset that is one table."""
    lines = [line.split(maxsplit=2) for line in COLUMNS[asset].strip().splitlines()]
    return dg.TableSchema(
        [dg.TableColumn(name, kind.replace("_", " "), description=text) for name, kind, text in lines]
    )


def frame_schema(frame: pd.DataFrame) -> dg.TableSchema:
    """The columns of a table whose shape follows a declaration."""
    return dg.TableSchema([dg.TableColumn(str(name), str(kind)) for name, kind in frame.dtypes.items()])
