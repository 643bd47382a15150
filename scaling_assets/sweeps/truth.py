"""A declared true law of one column, and drawing values around it.

What belongs here: what a simulated column may be declared as, and its draws. What does not: the
laws' formulas (``science.laws``), the design of a sweep (``simulate``).
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from scaling_assets.records.experiment import Declared, Filter, Identifier
from scaling_assets.science.laws import FAMILIES
from scaling_assets.science.synthetic import simulate_values
from scaling_assets.sweeps.workload import matches

Scale = Literal["log", "logit", "identity"]


class Case(Declared):
    """Other parameters where a row's dimension, context or condition has these values."""

    where: Filter
    parameters: dict[Identifier, float]


class Truth(Declared):
    """One simulated column: its true law in ``by``, and how single values scatter around it.

    The curve of ``family`` with ``parameters`` (a later case that matches overrides single ones)
    is the median over runs: each run lies ``run_noise`` standard deviations off on the scale
    ``residuals``, all its rows alike. Rows then scatter by ``row_noise`` on the same scale, around
    the run's level as their ``centre`` ("mean" on the log scale, so that averaging rows does not
    bias a run; "median" where the law is meant for p50).

    ``draw`` says what is done with the level: "value" keeps it; "binomial" takes it as the
    probability of each of ``trials`` (a number or an earlier column, minus column ``less``);
    "poisson" as the rate per ``exposure``. ``times`` multiplies a value by an earlier column (a
    total of so many events); ``reciprocal_of: c`` stores c / value (the law is that of a rate, the
    column a duration).
    """

    column: Identifier
    family: Identifier = "constant"
    parameters: dict[Identifier, float]
    by: tuple[Identifier, ...] = ()
    cases: tuple[Case, ...] = ()
    residuals: Scale = "log"
    run_noise: Annotated[float, Field(ge=0)] = 0.0
    row_noise: Annotated[float, Field(ge=0)] = 0.0
    centre: Literal["mean", "median"] = "mean"
    draw: Literal["value", "binomial", "poisson"] = "value"
    trials: int | Identifier = 1
    less: Identifier | None = None
    exposure: float | Identifier = 1.0
    times: Identifier | None = None
    reciprocal_of: float | None = None

    @property
    def reads(self) -> tuple[str, ...]:
        """Columns that must have been drawn before this one (or be dimensions)."""
        named = (self.trials, self.less, self.exposure, self.times)
        return tuple(n for n in named if isinstance(n, str))

    def parameters_at(self, row: Mapping[str, Any]) -> dict[str, float]:
        """The parameters that hold for a row."""
        found = dict(self.parameters)
        for case in self.cases:
            if matches(row, case.where):
                found |= case.parameters
        return found

    def problems(self) -> list[str]:
        """What does not fit the family; empty when all does."""
        if self.family not in FAMILIES:
            return [f"there is no law family {self.family!r}; known: {', '.join(sorted(FAMILIES))}"]
        wanted = {p.name for p in FAMILIES[self.family].parameters}
        given = [
            ("parameters", self.parameters),
            *[("a case", {**self.parameters, **c.parameters}) for c in self.cases],
        ]
        found = []
        for where, values in given:
            if missing := sorted(wanted - set(values)):
                found.append(f"{where}: family {self.family!r} also needs {', '.join(missing)}")
            if strange := sorted(set(values) - wanted):
                found.append(f"{where}: family {self.family!r} has no parameter {', '.join(strange)}")
        return list(dict.fromkeys(found))

    def sample(
        self, rows: list[dict[str, Any]], columns: Mapping[str, np.ndarray], rng: np.random.Generator
    ) -> np.ndarray:
        """Draw the column for all rows of one run.

        Args:
            rows: what is known of each row (dimensions, context, condition), n of them.
            columns: columns drawn before, each of shape (n,).
            rng: the run's own generator.

        Returns:
            Shape (n,), float64.

        Raises:
            ValueError: a probability outside [0, 1] or a negative rate: the declared truth is
                impossible at that point, and clipping it would make it another truth.
        """
        level = self._curve(rows)
        level = shift(level, self.run_noise * rng.standard_normal(), self.residuals)
        if self.row_noise:
            middle = self.row_noise**2 / 2 if self.residuals == "log" and self.centre == "mean" else 0.0
            level = shift(level, self.row_noise * rng.standard_normal(len(rows)) - middle, self.residuals)
        if self.draw == "value":
            value = level if self.reciprocal_of is None else self.reciprocal_of / level
            return value if self.times is None else value * columns[self.times]
        self._check_possible(level, rows)
        if self.draw == "binomial":
            trials = np.rint(_column(self.trials, columns, len(rows))).astype(np.int64)
            if self.less is not None:
                trials = trials - np.rint(columns[self.less]).astype(np.int64)
            return rng.binomial(trials, level).astype(float)
        return rng.poisson(level * _column(self.exposure, columns, len(rows))).astype(float)

    def _curve(self, rows: list[dict[str, Any]]) -> np.ndarray:
        """The true curve at each row, shape (n,); rows with the same parameters are computed together."""
        level = np.empty(len(rows))
        groups: dict[tuple[tuple[str, float], ...], list[int]] = {}
        for i, row in enumerate(rows):
            groups.setdefault(tuple(sorted(self.parameters_at(row).items())), []).append(i)
        exact = np.random.default_rng(0)  # not drawn from: the noise is zero
        for parameters, places in groups.items():
            x = np.array([[float(rows[i][d]) for d in self.by] or [1.0] for i in places])
            # On the identity scale: the others would clip an impossible truth instead of showing it.
            level[places] = simulate_values(self.family, dict(parameters), x, 0.0, exact, "identity")
        return level

    def _check_possible(self, level: np.ndarray, rows: list[dict[str, Any]]) -> None:
        top = 1.0 if self.draw == "binomial" else np.inf
        bad = np.flatnonzero(~((level >= 0) & (level <= top)))
        if bad.size:
            where = ", ".join(f"{d}={rows[bad[0]][d]:g}" for d in self.by) or "every level"
            what = "probability" if self.draw == "binomial" else "rate"
            raise ValueError(
                f"the declared truth of {self.column!r} is no {what} at {where}: {level[bad[0]]:.4g}"
            )


def shift(level: np.ndarray, by: "float | np.ndarray", scale: Scale) -> np.ndarray:
    """Move values by an amount on a scale: factor exp(by), log-odds + by, or value + by.

    A logit shift leaves exactly 0 and 1 where they are: an event that cannot happen stays impossible.
    """
    if scale == "log":
        return level * np.exp(by)
    if scale == "identity":
        return level + by
    inside = (level > 0) & (level < 1)
    safe = np.where(inside, level, 0.5)
    moved = 1.0 / (1.0 + np.exp(-(np.log(safe / (1.0 - safe)) + by)))
    return np.where(inside, moved, level)


def _column(source: "float | str", columns: Mapping[str, np.ndarray], n: int) -> np.ndarray:
    return columns[source] if isinstance(source, str) else np.full(n, float(source))
