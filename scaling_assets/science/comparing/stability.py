"""Does a law stay the same over time? Parameters by window, and today's law against yesterday's.

What belongs here: differences of parameters over time, a shift of the level told from a change of exponent.
What does not: where former laws are kept (``store``), gates on a declared baseline (``gates.regression``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import t as student

from scaling_assets.records.law import Law
from scaling_assets.science.comparing.effects import LEVEL, Effect, effect, parts_of, reference
from scaling_assets.science.comparing.segments import Heterogeneity, heterogeneity, holm
from scaling_assets.science.fitting import Problem


@dataclass(frozen=True)
class Departure:
    """One parameter in one window against all other windows; ``p_value`` is Holm's over windows and parts."""

    window: str
    name: str
    difference: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True)
class Stability:
    """Every part of a law over windows. ``missing`` names windows without a usable law, with the reason."""

    windows: tuple[str, ...]
    parts: tuple[Heterogeneity, ...]
    p_values: tuple[float, ...]  # of the parts, Holm's
    departures: tuple[Departure, ...]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """A part of today's law minus yesterday's. Logarithms for parameters above 0; the level on its scale."""

    name: str
    then: float
    now: float
    difference: float
    low: float
    high: float
    p_value: float  # Holm's, over the parts


@dataclass(frozen=True)
class Drift:
    """Today's law against yesterday's, part by part, and what changed in words."""

    changes: tuple[Change, ...]
    verdict: str
    method: str
    reason: str = ""

    def change(self, name: str) -> Change:
        """The change of this part; KeyError when it was not compared."""
        found = {change.name: change for change in self.changes}
        return found[name]


def windows_of(problem: Problem, order: np.ndarray, count: int, column: str = "window") -> list[Problem]:
    """Cut a problem into ``count`` windows of as equal a number of units as can be, in time order.

    Args:
        order: when each point was made (n,), any sortable number. A unit belongs where its first point does,
            and all of it: windows are independent.

    Raises:
        ValueError: there are fewer units than windows, or an order that is not finite.
    """
    order = np.asarray(order, dtype=float)
    names, unit = np.unique(problem.unit.astype(str), return_inverse=True)
    if len(names) < count or not np.isfinite(order).all():
        raise ValueError(f"{len(names)} units with a known time cannot be cut into {count} windows")
    first = np.full(len(names), np.inf)
    np.minimum.at(first, unit, order)
    rank = np.empty(len(names), dtype=int)
    rank[np.argsort(first, kind="stable")] = np.arange(len(names))
    window = (rank * count // len(names))[unit]
    return [_cut(problem, window == w, column, str(w + 1)) for w in range(count)]


def _cut(problem: Problem, mine: np.ndarray, column: str, name: str) -> Problem:
    group = {**problem.group, column: name}
    weight = None if problem.weight is None else problem.weight[mine]
    return replace(
        problem, x=problem.x[mine], y=problem.y[mine], unit=problem.unit[mine], weight=weight, group=group
    )


def stability(
    windows: Sequence[tuple[str, Law]], problems: Sequence[Problem] = (), level: float = 0.95
) -> Stability | None:
    """Compare a law's parts over windows of time; None when fewer than two windows have a usable law.

    Each part (level at the common middle of the data, exponent, floor ...) is tested by Welch's F over windows
    and every window against the others by Welch's t. Holm over parts, and over all windows and parts, keeps
    the chance of any false alarm at what is stated. Windows must not share units.

    Args:
        windows: the windows' names and laws in order of time, of one family.
        problems: what the laws were fitted to, in the same order; makes the degrees of freedom exact.
    """
    asked: Sequence[Problem | None] = problems or [None] * len(windows)
    usable = [
        (name, law, problem)
        for (name, law), problem in zip(windows, asked, strict=True)
        if law.is_usable and len(law.draws)
    ]
    missing = tuple(f"{name}: {law.reason or law.status.value}" for name, law in windows if not law.is_usable)
    if len(usable) < 2:
        return None
    at = reference([law for _, law, _ in usable])
    parts, departures = [], []
    for part in parts_of(usable[0][1]):
        found = [
            (name, e) for name, law, problem in usable if (e := effect(law, part, at, problem)) is not None
        ]
        tested = heterogeneity([e for _, e in found])
        if tested is None:
            continue
        parts.append(tested)
        departures += [_departure(name, e, [o for _, o in found if o is not e], level) for name, e in found]
    adjusted = holm([d.p_value for d in departures])
    return Stability(
        tuple(name for name, _, _ in usable),
        tuple(parts),
        tuple(holm([part.p_value for part in parts])),
        tuple(replace(d, p_value=p) for d, p in zip(departures, adjusted, strict=True)),
        missing,
    )


def drift(now: Law, then: Law, *, is_nested: bool = False, alpha: float = 0.05, level: float = 0.95) -> Drift:
    """Compare today's law with yesterday's: which parts moved, and by how much.

    Args:
        is_nested: today's law was fitted to yesterday's runs and further ones. Its estimates then agree with
            yesterday's in part, and the variance of a difference is the difference of the variances
            (Hausman 1978, Econometrica 46). False: the laws share no runs. Between the two, False is the
            cautious choice: its intervals are too wide.
        alpha: chance of naming any part when nothing changed (Holm over the parts).
    """
    method = "difference of estimates, " + (
        "nested runs (Hausman)" if is_nested else "separate runs (Welch's t)"
    )
    why = _objection(now, then)
    if why:
        return Drift((), "not comparable", method, why)
    at, found = reference([now, then]), []
    for part in parts_of(now):
        a, b = effect(now, part, at), effect(then, part, at)
        if a is None or b is None:
            continue
        growth = now.n_units / max(1, then.n_units)
        change = _nested(a, b, growth, level) if is_nested else _separate(a, b, level)
        if change is not None:
            found.append(change)
    if not found:
        return Drift((), "not comparable", method, "no part has a known spread in both laws")
    adjusted = holm([change.p_value for change in found])
    changes = tuple(replace(c, p_value=p) for c, p in zip(found, adjusted, strict=True))
    return Drift(changes, _verdict(changes, alpha), method)


def _objection(now: Law, then: Law) -> str:
    for what, law in (("today's", now), ("yesterday's", then)):
        if not law.is_usable:
            return f"{what} {law.family} law is {law.status.value}: {law.reason}"
    if now.family != then.family:
        return f"the family changed from {then.family} to {now.family}"
    if (now.metric, now.axes, now.residuals) != (then.metric, then.axes, then.residuals):
        return "the laws answer different questions"
    return ""


def _verdict(changes: Sequence[Change], alpha: float) -> str:
    moved = [change.name for change in changes if change.p_value <= alpha]
    if not moved:
        return "no change shown"
    if moved == [LEVEL]:
        return "level shift"
    named = ", ".join(name for name in moved if name != LEVEL)
    return f"change of {named}" + (" and level" if LEVEL in moved else "")


def _departure(window: str, mine: Effect, others: Sequence[Effect], level: float) -> Departure:
    """The window's estimate against the weighted mean of the others."""
    weight = np.array([o.se**-2.0 for o in others])
    share, nu = weight / weight.sum(), np.array([o.degrees for o in others])
    mean = float(share @ np.array([o.value for o in others]))
    # Weights that are estimated themselves make the mean less sure (Meier 1953, Biometrics 9, eq. 3).
    lost = 1 + 4 * float(np.sum(share * (1 - share) / nu))
    variances = np.array([mine.se**2, *(lost * share**2 / weight)])
    degrees = variances.sum() ** 2 / np.sum(variances**2 / np.array([mine.degrees, *nu]))
    low, high, p_value = _student(mine.value - mean, float(np.sqrt(variances.sum())), float(degrees), level)
    return Departure(window, mine.name, mine.value - mean, low, high, p_value)


def _separate(now: Effect, then: Effect, level: float) -> Change:
    variances = np.array([now.se**2, then.se**2])
    degrees = variances.sum() ** 2 / np.sum(variances**2 / np.array([now.degrees, then.degrees]))
    return _change(now, then, float(np.sqrt(variances.sum())), float(degrees), level)


def _nested(now: Effect, then: Effect, growth: float, level: float) -> Change | None:
    """None where no runs came in between: the estimates then differ by their code or declaration alone.

    A difference of two standard errors that were both estimated may come out much too small; it is not taken
    below what the number of units says for runs that are spread as before.
    """
    variance = max(then.se**2 - now.se**2, now.se**2 * (growth - 1))
    return _change(now, then, float(np.sqrt(variance)), float(then.degrees), level) if variance > 0 else None


def _change(now: Effect, then: Effect, se: float, degrees: float, level: float) -> Change:
    difference = now.value - then.value
    low, high, p_value = _student(difference, se, degrees, level)
    return Change(now.name, then.value, now.value, difference, low, high, p_value)


def _student(difference: float, se: float, degrees: float, level: float) -> tuple[float, float, float]:
    reach = float(student.ppf(0.5 + level / 2, degrees)) * se
    return difference - reach, difference + reach, 2 * float(student.sf(abs(difference) / se, degrees))
