"""The runs that might be made next, with what each costs.

What lives here: their declaration (a list, or levels with a price) and their making. What does not: choosing among them
(``design``).
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from scaling_assets.records.declared import Declared, Identifier
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import Law
from scaling_assets.records.plan import LawReference
from scaling_assets.science.fitting.predict import point_curve
from scaling_assets.science.planning.referred import law_meant

MAX_CANDIDATES = 2_000
SAME = 1e-9  # relative difference below which two scales are one

At = Annotated[dict[Identifier, Annotated[float, Field(gt=0)]], Field(min_length=1)]


class PricedRun(Declared):
    """One run that might be made: where, what it costs, and how many of it can be made at most."""

    at: At
    cost: Annotated[float, Field(gt=0)]
    most: Annotated[int, Field(ge=1)] | None = None


class RunPrice(Declared):
    """What a run costs: ``fixed``, plus a price for each unit of a dimension (``per``), plus ``price`` for each unit of
    a metric of the experiment (``metric``: run time, tokens ...), which its own law predicts at the run's scales."""

    fixed: Annotated[float, Field(ge=0)] = 0.0
    per: dict[Identifier, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    metric: Identifier | None = None
    price: Annotated[float, Field(gt=0)] = 1.0

    @model_validator(mode="after")
    def _costs_something(self) -> Self:
        if not (self.fixed or any(self.per.values()) or self.metric):
            raise ValueError("a run has to cost something: give 'fixed', 'per' or 'metric'")
        return self


class Candidates(Declared):
    """``runs`` is a list of priced runs; else every combination of ``values`` is one, priced by ``cost``.

    A dimension that ``values`` leaves out has its declared levels and targets. ``contexts`` ``{column: [values]}`` are
    those over which a law pools: a run counts the same in each, so a batch takes turns between them.
    """

    runs: tuple[PricedRun, ...] = ()
    values: dict[Identifier, Annotated[tuple[Annotated[float, Field(gt=0)], ...], Field(min_length=1)]] = (
        Field(default_factory=dict)
    )
    cost: RunPrice | None = None
    most: Annotated[int, Field(ge=1)] | None = None
    contexts: dict[Identifier, Annotated[tuple[str, ...], Field(min_length=1)]] = Field(default_factory=dict)

    @property
    def context_texts(self) -> list[str]:
        """Every combination of contexts in words; one empty text where none are declared."""
        combined = itertools.product(*self.contexts.values())
        return [", ".join(f"{k} = {v}" for k, v in zip(self.contexts, one, strict=True)) for one in combined]

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.runs) == (self.cost is not None):
            raise ValueError("give either 'runs' (each with its cost) or 'cost' (for all levels), not both")
        if self.runs and (self.values or self.most):
            raise ValueError("'values' and 'most' belong to 'cost'; with 'runs' each run says its own")
        return self


@dataclass(frozen=True, eq=False)
class Made:
    """Candidates in ascending order: x (n, k) in the law's axes, costs and most runs (n,); why some were left out."""

    axes: tuple[str, ...]
    x: np.ndarray
    costs: tuple[float, ...]
    most: tuple[int | None, ...]
    left_out: tuple[str, ...] = ()

    def only(self, keep: np.ndarray, why: str) -> "Made":
        """Those that are to be kept, with a word about the others."""
        gone = int(np.sum(~keep))
        return Made(
            self.axes, self.x[keep], tuple(np.array(self.costs)[keep].tolist()),
            tuple(m for m, k in zip(self.most, keep, strict=True) if k),
            (*self.left_out, f"{gone} {why}") if gone else self.left_out,
        )  # fmt: skip

    def label(self, i: int) -> str:
        """``users = 40, size = 1,000,000``."""
        return place_text(self.axes, self.x[i])


def place_text(axes: Sequence[str], x: np.ndarray) -> str:
    """A place x (k,) in words."""
    shown = (f"{v:,.0f}" if v == round(v) else f"{v:.6g}" for v in map(float, x))
    return ", ".join(f"{axis} = {value}" for axis, value in zip(axes, shown, strict=True))


def candidate_problems(
    declared: Candidates, axes: Sequence[str], experiment: Experiment, apart: Sequence[str] = ()
) -> list[str]:
    """What candidates name that the law question (fitted ``apart`` by some columns) or the experiment does not know."""
    found = _context_problems(declared, experiment, apart)
    for run in declared.runs:
        found += [f"{name!r} is none of the axes {', '.join(axes)}" for name in run.at if name not in axes]
        found += [f"'at' of a run gives no value for {name}" for name in axes if name not in run.at]
    for name in (*declared.values, *(declared.cost.per if declared.cost else ())):
        if name not in axes:
            found.append(f"{name!r} is none of the axes {', '.join(axes)}")
    if not declared.runs:
        for name in axes:
            if name not in declared.values and not _levels(experiment, name):
                found.append(
                    f"'values' has to list scales of {name}: {experiment.name} declares no levels of it"
                )
        if (
            not found
            and (n := int(np.prod([len(v) for v in _axes_values(declared, axes, experiment)])))
            > MAX_CANDIDATES
        ):
            found.append(f"'values' makes {n:,} candidates; at most {MAX_CANDIDATES:,} are looked at")
    elif len(declared.runs) > MAX_CANDIDATES:
        found.append(
            f"'runs' lists {len(declared.runs):,} candidates; at most {MAX_CANDIDATES:,} are looked at"
        )
    metric = declared.cost.metric if declared.cost else None
    if metric is not None and not any(q.metric == metric for q in experiment.laws):
        found.append(f"{metric!r} has no law in {experiment.name}, so nothing predicts what a run costs")
    return list(dict.fromkeys(found))


def _context_problems(declared: Candidates, experiment: Experiment, apart: Sequence[str]) -> list[str]:
    found = []
    allowed = {c.name: c.allowed for c in experiment.context} | {"condition": experiment.conditions}
    for column, values in declared.contexts.items():
        if column not in allowed:
            found.append(f"{column!r} is no context column of {experiment.name}")
        elif column in apart:
            found.append(
                f"{column!r} is what the law is fitted apart by: a run elsewhere says nothing about it"
            )
        elif allowed[column]:
            found += [f"{column} is never {value!r}" for value in values if value not in allowed[column]]
    return found


def make(
    declared: Candidates, axes: Sequence[str], experiment: Experiment, laws: Sequence[Law]
) -> Made | str:
    """The candidates, or why there are none yet."""
    if declared.runs:
        runs = sorted(declared.runs, key=lambda run: tuple(run.at[a] for a in axes))
        x = np.array([[run.at[a] for a in axes] for run in runs])
        return Made(tuple(axes), x, tuple(r.cost for r in runs), tuple(r.most for r in runs))
    x = np.array(list(itertools.product(*_axes_values(declared, axes, experiment))))
    assert declared.cost is not None  # one of both is declared
    price = declared.cost
    costs = price.fixed + x @ np.array([price.per.get(a, 0.0) for a in axes])
    keep, why = np.ones(len(x), dtype=bool), "cost nothing"
    if price.metric is not None:
        law = law_meant(LawReference(experiment=experiment.name, metric=price.metric), laws)
        if isinstance(law, str):
            return f"what a run costs is not known: {law}"
        if not set(law.axes) <= set(axes):
            return (
                f"what a run costs is not known: the law of {price.metric} depends on {', '.join(law.axes)}"
            )
        at = x[:, [list(axes).index(a) for a in law.axes]]
        costs = costs + price.price * point_curve(law, at)
        keep = inside_limit(law, at)
        why = f"lie beyond the limit of the law of {price.metric}, which prices them"
    keep &= np.isfinite(costs) & (costs > 0)
    return Made(tuple(axes), x, tuple(costs.tolist()), (declared.most,) * len(x)).only(keep, why)


def price_at(declared: Candidates, place: Mapping[str, float]) -> float | None:
    """What a run at a place costs, where that follows from the declaration alone; None else."""
    for run in declared.runs:
        if dict(run.at) == dict(place):
            return run.cost
    price = declared.cost
    if price is None or price.metric is not None or not set(price.per) <= set(place):
        return None
    return price.fixed + sum(price.per[axis] * place[axis] for axis in price.per)


def inside_limit(law: Law, x: np.ndarray) -> np.ndarray:
    """Which points x (n, k), in the order of the law's axes, lie within its extrapolation limit (n,) bool."""
    low, high = np.array(law.domain).T
    limit = law.extrapolation_limit * (1 + 1e-12)
    return np.asarray(np.all((x <= high * limit) & (x * limit >= low), axis=1))


def _axes_values(declared: Candidates, axes: Sequence[str], experiment: Experiment) -> list[list[float]]:
    return [sorted({*declared.values.get(a, _levels(experiment, a))}) for a in axes]


def _levels(experiment: Experiment, name: str) -> tuple[float, ...]:
    dimension = experiment.dimension(name)
    return tuple(sorted({*dimension.levels, *dimension.targets}))
