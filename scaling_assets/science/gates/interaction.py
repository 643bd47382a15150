"""Kind ``interaction``: do factors act together, or one of them over the levels of the others?

What lives here: settings, words and judgement of effects in a factorial design: the difference of differences
(the ratio of ratios on the logarithmic scale) of two or more factors, and main effects. What does not: cells and
error terms (``factorial``), two arms alone (``comparison``).

A factor of more than two levels gives one verdict for each further level against its first one; name the gate in
``multiplicity`` so that they are read as a family. The F test of all of them at once stands in the evidence.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from math import exp
from typing import Annotated, Literal, Self

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from scaling_assets.records.declared import Scalar
from scaling_assets.records.experiment import Experiment, Gate
from scaling_assets.records.law import Group
from scaling_assets.records.verdict import Outcome
from scaling_assets.science.gates import factorial, reading
from scaling_assets.science.gates.arms import NotComparable
from scaling_assets.science.gates.compare import Compared
from scaling_assets.science.gates.comparison import Expected, ascending, directed, levels_of
from scaling_assets.science.gates.contrasts import Drawn
from scaling_assets.science.gates.gate import Case, Finding, GateKind, Settings
from scaling_assets.science.gates.groups import groups_of, in_words
from scaling_assets.science.gates.looks import plan_of
from scaling_assets.science.testing.power import contrast_power, contrast_units
from scaling_assets.science.trials import select
from scaling_assets.science.trials.select import matches

TOLD_CELLS = 24  # cells whose mean and units stand in the evidence
KINDS = ("value", "rate", "ratio")


class InteractionSettings(Settings):
    """The effect of the factors ``of`` (all of them) on ``metric`` must be on the right side of ``threshold``.

    ``factors`` gives each column its levels, the first one being what the others are held against. One name in
    ``of`` asks for a main effect: the mean over the levels of the other factors, weighted alike. ``effect``
    "difference" is a difference of differences in the metric's unit, "ratio" a ratio of ratios. ``block_by`` names
    columns that make a block, inside which every cell was run; at most ``most_missing`` of the blocks (or units)
    may lack a cell. ``error`` "separate" lets cells spread differently, "pooled" is the common error of an analysis
    of variance. Without ``operator`` the effect must go in the metric's better direction, by more than
    ``threshold`` (0, or 1 for a ratio); "within" asks for no interaction that matters. ``expected`` declares
    effect, spread and units a cell as planned, ``expected_range`` where the effect was said to lie.
    """

    metric: str
    factors: Annotated[dict[str, tuple[Scalar, ...]], Field(min_length=2)]
    of: tuple[str, ...] = ()
    effect: Literal["difference", "ratio"] = "difference"
    block_by: tuple[str, ...] = ()
    most_missing: Annotated[float, Field(ge=0, lt=1)] = 0.1
    error: Literal["separate", "pooled"] = "separate"
    operator: Literal["<", "<=", ">", ">=", "within"] | None = None
    threshold: float | tuple[float, float] | None = None
    power: Annotated[float, Field(gt=0.5, lt=1)] = 0.8
    expected: Expected | None = None
    expected_range: tuple[float, float] | None = None

    @property
    def asked(self) -> tuple[str, ...]:
        """The factors of the effect."""
        return self.of or tuple(self.factors)

    @model_validator(mode="after")
    def _levels_differ(self) -> Self:
        for name, levels in self.factors.items():
            if len(levels) < 2 or len(set(levels)) < len(levels):
                raise ValueError(f"'factors' needs two or more different levels of {name!r}")
        strange = [name for name in self.of if name not in self.factors]
        if strange or len(set(self.of)) < len(self.of):
            raise ValueError("'of' names factors, each once")
        if (self.operator == "within") != isinstance(self.threshold, tuple):
            raise ValueError("'within' takes a 'threshold' [low, high], every other operator one number")
        return ascending(self)


def judge(case: Case, settings: InteractionSettings) -> list[Finding]:
    """One finding a group and effect, planned groups without a trial included."""
    chosen = select(case.experiment, case.trials, case.gate.where, settings.metric)
    groups = groups_of(case.experiment, case.gate, chosen)
    return [found for group in groups for found in _of_group(case, settings, group, chosen)]


def _of_group(
    case: Case, settings: InteractionSettings, group: Group, chosen: pd.DataFrame
) -> Iterator[Finding]:
    experiment, metric = case.experiment, case.experiment.metric(settings.metric)
    trials = select(experiment, chosen, dict(group))
    simulated = bool(trials["is_simulated"].any()) or experiment.is_simulated
    try:
        layout = factorial.layout_of(
            experiment, metric, trials, settings.factors, settings.block_by, settings.most_missing, settings.effect
        )  # fmt: skip
        refused = None
    except NotComparable as error:
        layout, refused = None, error
    for places in product(*(range(1, len(settings.factors[name])) for name in settings.asked)):
        effect = dict(zip(settings.asked, places, strict=True))
        own = {**group, **_named(settings, effect)}
        if layout is None:
            assert refused is not None
            found = _refused(case, settings, own, effect, refused)
        else:
            found = _one(case, settings, own, effect, layout)
        yield replace(found, is_simulated=simulated)


def _one(
    case: Case, settings: InteractionSettings, group: Group, effect: Mapping[str, int], layout: factorial.Layout
) -> Finding:  # fmt: skip
    gate, metric = case.gate, case.experiment.metric(settings.metric)
    looks, weights = plan_of(case.experiment, gate), factorial.weights_of(layout, effect)
    try:
        contrast, smallest = factorial.contrast_of(
            layout, weights, metric, settings.effect, settings.error, looks, settings.asked[0]
        )  # fmt: skip
    except NotComparable as error:
        return _refused(case, settings, group, effect, error)
    nothing = np.empty(0)
    word = "block" if settings.block_by else "run"
    drawn = Drawn(contrast, (None, None), (nothing, nothing), smallest, word, {})
    is_ratio = settings.effect == "ratio"
    found = reading.read(
        gate, _claim(case.experiment, settings), group, _subject(settings, effect, group),
        "" if is_ratio else metric.unit, drawn, looks, power=settings.power, expected=None,
        back=exp if is_ratio else None,
    )  # fmt: skip
    if word == "run" and found.runs_needed is not None:
        found = replace(found, remedy=f"{found.remedy[:-1]}, all cells together.")
    told = {
        "cells": float(len(layout.values)), "within_factors": float(len(layout.within)),
        f"{word}s_lacking_cells": float(layout.incomplete), **_cells(layout),
    }  # fmt: skip
    at_once = factorial.simultaneous(layout, settings.asked) if settings.error == "pooled" else {}
    return replace(found, evidence={**told, **at_once, **_planned(case.gate, settings), **found.evidence})


def _claim(experiment: Experiment, settings: InteractionSettings) -> Compared:
    none = 1.0 if settings.effect == "ratio" else 0.0
    operator = settings.operator or ("<" if experiment.metric(settings.metric).direction == "lower" else ">")
    return Compared(operator=operator, threshold=none if settings.threshold is None else settings.threshold)


def _subject(settings: InteractionSettings, effect: Mapping[str, int], group: Group) -> str:
    parts = [
        f"{name} ({factorial.level_words(settings.factors[name][place])} against "
        f"{factorial.level_words(settings.factors[name][0])})"
        for name, place in effect.items()
    ]
    what = "main effect" if len(parts) == 1 else "interaction"
    scale = ", as a ratio," if settings.effect == "ratio" else ""
    rest = {k: v for k, v in group.items() if k not in effect}
    return f"the {what} of {' and '.join(parts)} on {settings.metric}{scale}{in_words(rest)}"


def _named(settings: InteractionSettings, effect: Mapping[str, int]) -> dict[str, str]:
    """What tells the verdicts of one gate apart: the levels that are compared, where there are several."""
    return {
        name: f"{factorial.level_words(settings.factors[name][place])} against "
        f"{factorial.level_words(settings.factors[name][0])}"
        for name, place in effect.items()
        if len(settings.factors[name]) > 2
    }


def _refused(
    case: Case, settings: InteractionSettings, group: Group, effect: Mapping[str, int], error: NotComparable
) -> Finding:
    claim = _claim(case.experiment, settings)
    return Finding(
        group, Outcome.INSUFFICIENT_DATA, f"{_subject(settings, effect, group)}: {error}", error.remedy,
        unit=case.experiment.metric(settings.metric).unit, operator=claim.operator, threshold=claim.limits,
        evidence=_planned(case.gate, settings),
    )  # fmt: skip


def _cells(layout: factorial.Layout) -> dict[str, float | None]:
    """Mean and units of each cell, by the levels that make it."""
    found: dict[str, float | None] = {}
    for cell, values in list(layout.values.items())[:TOLD_CELLS]:
        name = "/".join(
            factorial.level_words(levels[place]) for levels, place in zip(layout.factors.values(), cell, strict=True)
        )  # fmt: skip
        found[f"mean at {name}"] = layout.means[cell]
        found[f"units at {name}"] = float(len(values))
    return found


def _planned(gate: Gate, settings: InteractionSettings) -> dict[str, float | None]:
    """Power of the declared design, units in every cell independent, and the units a cell that ``power`` takes."""
    if settings.expected is None:
        return {}
    rest = [len(levels) for name, levels in settings.factors.items() if name not in settings.asked]
    squares = 2.0 ** len(settings.asked) / float(np.prod(rest or [1]))
    cells = int(np.prod([len(levels) for levels in settings.factors.values()]))
    plan, tail = settings.expected, 1 - gate.confidence
    return {
        "planned_power": contrast_power(plan.units, plan.effect, plan.sd, tail, squares, cells),
        "planned_units": contrast_units(settings.power, plan.effect, plan.sd, tail, squares, cells),
    }


def problems(experiment: Experiment, gate: Gate, settings: InteractionSettings) -> list[str]:
    """Names that the experiment does not declare, and designs that cannot be."""
    if settings.metric not in {m.name for m in experiment.metrics}:
        return [f"'metric' names {settings.metric!r}, which is not declared"]
    metric, cells = experiment.metric(settings.metric), {*experiment.cell_columns, "seed"}
    if metric.kind not in KINDS:
        return [
            f"'metric' {metric.name!r} is of kind {metric.kind}, and an interaction needs a value, rate or ratio"
        ]
    found = [f"'factors' names {c!r}, which is no cell column" for c in settings.factors if c not in cells]
    found += [f"'block_by' names {c!r}, which is no cell column" for c in settings.block_by if c not in cells]
    for name, levels in settings.factors.items():
        known = levels_of(experiment, name) if name in cells else None
        found += [
            f"'factors' names {level!r}, which is no level of {name!r}"
            for level in levels
            if known is not None and not matches(experiment, name, known, level).any()
        ]
    found += [
        f"{c!r} cannot be a factor and split blocks or groups as well"
        for c in settings.factors
        if c in (*settings.block_by, *gate.each)
    ]
    return found + (directed(metric) if settings.operator is None else [])


KIND: GateKind = GateKind(
    "interaction", "Factors that act together", InteractionSettings, judge, problems, looks="any"
)
