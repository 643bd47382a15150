"""Limits that hold at whatever is bought: latency from a throughput law, a second law below a value.

What lives here: reading a declared limit against its law, and which amounts keep it. What does not: the
objective (``terms``), choosing (strategies).

A closed system of N users with throughput X(N) has the latency N / X(N) (Little 1961, Operations Research 9).
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from scaling_assets.errors import LawNotUsable
from scaling_assets.records.law import Law
from scaling_assets.records.plan import Plan
from scaling_assets.records.purchase import Limit
from scaling_assets.science.allocation.terms import Amounts, Term
from scaling_assets.science.fitting.predict import draw_curves, point_curve

_POINTS_AT_ONCE = 10_000
_SCAN = 2_001  # places between the ends of a range at which a limit is looked at


@dataclass(frozen=True, eq=False)
class Held:
    """A limit with its law."""

    limit: Limit
    term: Term

    @property
    def words(self) -> str:
        """``latency of load <= 0.1 s``."""
        c = self.limit
        of = f"{c.reads} of {c.law.metric}" if c.reads == "latency" else c.law.metric
        sure = f" in {c.confidence:.0%} of the draws" if c.confidence else ""
        return f"{c.name} ({of} {c.operator} {c.limit:g}{' ' + c.unit if c.unit else ''}{sure})"

    def values(self, amounts: Amounts) -> np.ndarray:
        """What is held to the limit, (n,), at the estimate; NaN beyond the law's extrapolation limit."""
        x = self.term.points(amounts)
        with np.errstate(all="ignore"):
            found = self._read(x, point_curve(self.term.law, x))
        return np.where(self.term.inside(x), found, np.nan)

    def keeps(self, amounts: Amounts) -> np.ndarray:
        """Which amounts (n,) keep the limit."""
        x = self.term.points(amounts)
        parts = [self._keeps(x[i : i + _POINTS_AT_ONCE]) for i in range(0, len(x), _POINTS_AT_ONCE)]
        return np.concatenate([*parts, np.empty(0, dtype=bool)])

    def _keeps(self, x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            if self.limit.confidence is None:
                is_kept = self._within(self._read(x, point_curve(self.term.law, x)))
            else:
                drawn = self._within(self._read(x, draw_curves(self.term.law, x)))
                is_kept = drawn.mean(axis=0) >= self.limit.confidence
        return np.asarray(is_kept & self.term.inside(x))

    def _read(self, x: np.ndarray, values: np.ndarray) -> np.ndarray:
        return x[..., self._axis] / values if self.limit.reads == "latency" else values

    @property
    def _axis(self) -> int:
        return next(i for i, axis in enumerate(self.term.by) if isinstance(axis, str))

    def _within(self, values: np.ndarray) -> np.ndarray:
        slack = 1e-12 * abs(self.limit.limit)
        good = values <= self.limit.limit + slack if self.limit.operator == "<=" else (
            values >= self.limit.limit - slack
        )  # fmt: skip
        return np.asarray(good & np.isfinite(values))


def held_of(plan: Plan, limit: Limit, law: Law) -> Held:
    """Read a limit against its law.

    Raises:
        LawNotUsable: the law's axes are not the plan's dimensions, or a share of draws is asked of a law without.
    """
    names = [d.name for d in plan.dimensions]
    name = f"{law.family} (subject_to.{limit.name})"
    if len(law.axes) == 1 and not limit.at:
        by = limit.by or (law.axes[0] if law.axes[0] in names else names[0] if len(names) == 1 else None)
        if by is None:
            problem = f"its axis {law.axes[0]} is no dimension of the plan ({', '.join(names)})"
            raise LawNotUsable(law=name, problem=problem, remedy="Say with 'by' which dimension it is.")
        axes: tuple[str | float, ...] = (by,)
    else:
        lost = [a for a in law.axes if a not in names and a not in limit.at]
        if lost:
            problem = f"the plan gives no value for {', '.join(lost)}"
            raise LawNotUsable(law=name, problem=problem, remedy="Fix that axis with 'at'.")
        axes = tuple(limit.at.get(a, a) for a in law.axes)
    if limit.reads == "latency" and sum(isinstance(a, str) for a in axes) != 1:
        raise LawNotUsable(law=name, problem="latency needs a throughput law of one dimension")
    if limit.confidence is not None and len(law.draws) == 0:
        raise LawNotUsable(law=name, problem="it has no parameter draws to be confident over")
    return Held(limit, Term(law, axes))


def allowed_range(held: Held, name: str, low: float, high: float) -> list[tuple[float, float]]:
    """The intervals of [low, high] in which a limit on one dimension is kept, ends to full precision.

    The range is scanned in equal ratios; an interval narrower than a step of the scan may be missed.
    """
    grid = np.geomspace(low, high, _SCAN) if high > low else np.array([low])
    grid[0], grid[-1] = low, high
    good = held.keeps({name: grid})
    edges = np.flatnonzero(np.diff(good.astype(int))) + 1
    starts = [0, *edges] if good[0] else list(edges)
    found: list[tuple[float, float]] = []
    for start, end in zip(starts[::2], [*starts[1::2], len(grid)], strict=False):
        first = grid[start] if start == 0 else _edge(held, name, grid[start], grid[start - 1])
        last = grid[end - 1] if end == len(grid) else _edge(held, name, grid[end - 1], grid[end])
        found.append((float(first), float(last)))
    return found


def _edge(held: Held, name: str, good: float, bad: float) -> float:
    """The last amount from ``good`` towards ``bad`` that keeps the limit."""
    if held.limit.confidence is None and np.isfinite(held.values({name: np.array([good, bad])})).all():
        root = float(brentq(lambda v: held.values({name: np.array([v])})[0] - held.limit.limit, good, bad))
        if held.keeps({name: np.array([root])})[0]:
            return root
        bad = root
    for _ in range(80):  # a share of draws jumps: bisected
        middle = (good + bad) / 2
        if middle in (good, bad):
            break
        good, bad = (middle, bad) if held.keeps({name: np.array([middle])})[0] else (good, middle)
    return good
