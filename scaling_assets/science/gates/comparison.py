"""Kind ``comparison``: is one arm better than another one?

What lives here: the settings that all comparing kinds share, and the judgement. What does not: the claims
that are made of it (``non_inferiority``, ``equivalence``, ``improvement``), designs (``contrasts``).

The units are what is independent (``unit`` of the experiment): with seeds and items the seeds. What the items
of these very runs say stands beside it, labelled conditional on the runs. A design so small that no outcome
could reach the error probability by its assignment alone (3 pairs: p = .25) is inconclusive however large the
effect, and the verdict says how many units it takes.
"""

from collections.abc import Mapping
from dataclasses import replace
from math import exp
from typing import Annotated, Any, Literal, Self, TypeVar

import pandas as pd
from pydantic import Field, model_validator

from scaling_assets.records.declared import Scalar
from scaling_assets.records.experiment import Experiment, Gate, Metric
from scaling_assets.records.law import Group
from scaling_assets.records.verdict import Outcome
from scaling_assets.science.gates import reading
from scaling_assets.science.gates.arms import Arm, NotComparable, arm_of, pairs
from scaling_assets.science.gates.compare import Compared
from scaling_assets.science.gates.contrasts import contrast_of, item_level
from scaling_assets.science.gates.gate import Case, Finding, GateKind, Settings
from scaling_assets.science.gates.groups import groups_of, in_words
from scaling_assets.science.gates.looks import plan_of
from scaling_assets.science.trials import select
from scaling_assets.science.trials.select import matches


class Expected(Settings):
    """What was expected before the runs: the effect, the spread of units (or of pairs), units an arm."""

    effect: float
    sd: Annotated[float, Field(gt=0)]
    units: Annotated[int, Field(ge=2)]


R = TypeVar("R", bound="Arms | Any")


def ascending(settings: R) -> R:
    """The settings, whose expected range must hold something."""
    if settings.expected_range is not None and settings.expected_range[0] >= settings.expected_range[1]:
        raise ValueError("'expected_range' is empty: low must lie below high")
    return settings


class Arms(Settings):
    """``treatment`` against ``control``, two levels of the column ``between``.

    ``control`` defaults to the experiment's control condition or the dimension's control. ``pair_by`` names
    the columns that make a pair (``unit`` too, when one unit saw both arms); at most the share ``most_missing`` of
    the pairs may lack a partner. ``strata`` names columns inside which the arms are compared, weighted by
    ``weights`` (stratum -> share; else the rows of both arms). ``test``: "t", or "exact" for sign flips of pairs
    and relabelling of two samples. ``power`` is that of the smallest detectable effect in the evidence;
    ``expected`` declares what was planned, ``expected_range`` where the effect was said to lie before the runs
    (in the effect's unit).
    """

    metric: str
    treatment: Scalar
    control: Scalar | None = None
    between: str = "condition"
    pair_by: tuple[str, ...] = ()
    most_missing: Annotated[float, Field(ge=0, lt=1)] = 0.1
    strata: tuple[str, ...] = ()
    weights: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    test: Literal["t", "exact"] = "t"
    power: Annotated[float, Field(gt=0.5, lt=1)] = 0.8
    expected: Expected | None = None
    expected_range: tuple[float, float] | None = None

    @model_validator(mode="after")
    def _range_ascends(self) -> Self:
        return ascending(self)


class ComparisonSettings(Arms):
    """The effect (treatment - control, or their ratio) must be on the right side of ``threshold``.

    Without ``operator`` the treatment must be better in the metric's direction, by more than ``threshold`` (0,
    or 1 for a ratio).
    """

    effect: Literal["difference", "ratio"] = "difference"
    operator: Literal["<", "<=", ">", ">=", "within"] | None = None
    threshold: float | tuple[float, float] | None = None


def claim_of(metric: Metric, settings: ComparisonSettings) -> Compared:
    """What the effect is held against."""
    none = 1.0 if settings.effect == "ratio" else 0.0
    operator = settings.operator or ("<" if metric.direction == "lower" else ">")
    return Compared(operator=operator, threshold=none if settings.threshold is None else settings.threshold)


def judge(case: Case, settings: ComparisonSettings) -> list[Finding]:
    """One finding a group."""
    claim = claim_of(case.experiment.metric(settings.metric), settings)
    return judge_claim(case, settings, settings.effect, claim)


def judge_claim(case: Case, settings: Arms, effect: str, claim: Compared) -> list[Finding]:
    """One finding a group, planned groups without a trial included."""
    chosen = select(case.experiment, case.trials, case.gate.where, settings.metric)
    groups = groups_of(case.experiment, case.gate, chosen)
    return [_one(case, settings, effect, claim, group, chosen) for group in groups]


def _one(
    case: Case, settings: Arms, effect: str, claim: Compared, group: Group, chosen: pd.DataFrame
) -> Finding:
    experiment, metric = case.experiment, case.experiment.metric(settings.metric)
    trials = select(experiment, chosen, dict(group))
    control = control_of(experiment, settings)
    assert control is not None  # ``problems`` demands one
    simulated = bool(trials["is_simulated"].any()) or experiment.is_simulated
    what = "ratio" if effect == "ratio" else "difference"
    subject = (
        f"the {what} of {metric.name} between {settings.between} = {settings.treatment} and {control}"
        f"{in_words(group)}"
    )
    try:
        arms, weights, evidence = arms_of(experiment, settings, trials, control)
        looks = plan_of(experiment, case.gate)
        drawn = contrast_of(
            metric, arms, weights, is_paired=bool(settings.pair_by), effect=effect, test=settings.test, looks=looks
        )  # fmt: skip
    except NotComparable as error:
        return Finding(
            group, Outcome.INSUFFICIENT_DATA, f"{subject}: {error}", error.remedy, unit=metric.unit,
            operator=claim.operator, threshold=claim.limits, is_simulated=simulated,
            evidence=reading.planned(settings.expected, settings.power, 1 - case.gate.confidence,
                                     bool(settings.pair_by)),
        )  # fmt: skip
    items = item_level(metric, arms) if effect == "difference" and not settings.strata else None
    found = reading.read(
        case.gate, claim, group, subject, metric.unit if effect == "difference" else "", drawn, looks,
        power=settings.power, expected=settings.expected,
        back=exp if effect == "ratio" else None, items=items,
    )  # fmt: skip
    return replace(
        found,
        is_simulated=simulated,
        evidence={
            "treatment": drawn.values[0], "control": drawn.values[1],
            "n_treatment": float(arms[0].n_units), "n_control": float(arms[1].n_units),
            **evidence, **drawn.evidence, **found.evidence,
        },
    )  # fmt: skip


def arms_of(
    experiment: Experiment, settings: Arms, trials: pd.DataFrame, control: Scalar
) -> tuple[tuple[Arm, Arm], dict[str, float] | None, dict[str, float | None]]:
    """Return both arms, the weights of their strata (None without), and what was found on the way.

    Raises:
        NotComparable: an arm, a partner or a stratum that the comparison needs is not there.
    """
    if trials["is_simulated"].nunique() > 1:
        raise NotComparable(
            "simulated and measured runs are mixed; they are never compared", "Judge them apart."
        )
    levels = (settings.treatment, control)
    ours, theirs = (
        arm_of(experiment, trials, settings.between, level, settings.pair_by, settings.strata)
        for level in levels
    )
    evidence: dict[str, float | None] = {}
    empty = [arm.name for arm in (ours, theirs) if arm.lines.empty]
    if empty:
        raise NotComparable(f"{' and '.join(empty)} has no run with a value", "Run the missing arm.")
    if settings.pair_by:
        planned = [str(seed) for seed in experiment.seeds] if settings.pair_by == ("seed",) else []
        ours, theirs, missing = pairs(ours, theirs, planned, settings.most_missing)
        evidence["pairs_without_partner"] = float(missing)
    elif shared := set(ours.lines["unit"]) & set(theirs.lines["unit"]):
        raise NotComparable(
            f"{len(shared)} unit(s) are in both arms, so the arms are not independent",
            "Declare 'pair_by: [unit]'.",
        )
    if not settings.strata:
        return (ours, theirs), None, evidence
    lines = pd.concat([ours.lines, theirs.lines])
    if lines["stratum"].isna().any():
        raise NotComparable(
            "some runs have no stratum", "Land them with their stratum, or filter by 'where'."
        )
    shares = lines.groupby("stratum", sort=True)["rows"].sum()
    weights = {str(k): float(v) for k, v in shares.items()}
    if settings.weights:
        unknown = sorted(set(weights) ^ set(settings.weights))
        if unknown:
            raise NotComparable(
                f"'weights' and the runs do not agree on the strata: {', '.join(unknown)}",
                "Give a weight for each stratum that has runs.",
            )
        weights = dict(settings.weights)
    for arm in (ours, theirs):
        lacking = sorted(set(weights) - set(arm.lines["stratum"]))
        if lacking:
            raise NotComparable(f"{arm.name} has no run at {', '.join(lacking)}", "Run the missing cells.")
    return (ours, theirs), weights, evidence


def control_of(experiment: Experiment, settings: Arms) -> Scalar | None:
    """The declared control, else the experiment's own for this column; None when there is none."""
    if settings.control is not None:
        return settings.control
    if settings.between == "condition":
        return experiment.control_condition
    return next((d.control for d in experiment.dimensions if d.name == settings.between), None)


def problems(experiment: Experiment, gate: Gate, settings: Arms) -> list[str]:
    """Names that the experiment does not declare, and designs that cannot be."""
    if settings.metric not in {m.name for m in experiment.metrics}:
        return [f"'metric' names {settings.metric!r}, which is not declared"]
    cells = {*experiment.cell_columns, "seed"}
    found = [f"'strata' names {c!r}, which is no cell column" for c in settings.strata if c not in cells]
    found += [f"'pair_by' names {c!r}, which is no cell column" for c in settings.pair_by
              if c not in {*cells, "unit"}]  # fmt: skip
    if settings.between not in cells:
        return [*found, f"'between' names {settings.between!r}, which is no cell column"]
    control = control_of(experiment, settings)
    if control is None:
        return [*found, "'control' is not given, and the experiment declares none"]
    known = levels_of(experiment, settings.between)
    for field, level in (("treatment", settings.treatment), ("control", control)):
        if known is not None and not matches(experiment, settings.between, known, level).any():
            found.append(f"{field!r} names {level!r}, which is no level of {settings.between!r}")
    if settings.treatment == control:
        found.append("'treatment' and 'control' are the same")
    used = [c for c in (*settings.strata, *settings.pair_by) if c == settings.between or c in gate.each]
    found += [f"{c!r} cannot split the arms or the groups and join them as well" for c in used]
    return found


def directed(metric: Metric) -> list[str]:
    """The problem of a claim about "better" for a metric that knows no better."""
    if metric.direction == "none":
        return [f"{metric.name!r} declares no 'direction', so neither arm can be called better"]
    return []


def claim_problems(experiment: Experiment, gate: Gate, settings: ComparisonSettings) -> list[str]:
    """As ``problems``, and a claim that makes no sense."""
    found = problems(experiment, gate, settings)
    if found:
        return found
    metric = experiment.metric(settings.metric)
    if settings.operator is None:
        found += directed(metric)
    tuple_given = isinstance(settings.threshold, tuple)
    if (settings.operator == "within") != tuple_given:
        found.append("'within' takes a 'threshold' [low, high], every other operator one number")
    return found


def levels_of(experiment: Experiment, column: str) -> "pd.Series | None":
    """Declared levels of a column, or None when the runs decide."""
    values: Mapping[str, tuple[object, ...]] = {
        "condition": experiment.conditions,
        "seed": experiment.seeds,
        **{d.name: d.levels for d in experiment.dimensions},
        **{c.name: c.included for c in experiment.context},
    }
    declared = values[column]
    return pd.Series(list(declared)) if declared else None


KIND = GateKind(
    "comparison", "One arm against another", ComparisonSettings, judge, claim_problems, looks="any"
)
