"""Resources under load: how much of each is in use, which is used up first, and when.

What belongs here: use at a load, the load or the time at which a limit is reached. What does not: the throughput of
the whole (``throughput``), what is done about it (``growth``).

Use is either in proportion to the load above an idle part (the utilisation law U = X D: Denning & Buzen 1978, ACM
Computing Surveys 10), or a fitted law of the load. A law is never asked beyond its extrapolation limit.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, log

import numpy as np

from scaling_assets.errors import LawNotUsable
from scaling_assets.records.law import Law
from scaling_assets.science.fitting.predict import draw_curves, point_curve, predict
from scaling_assets.science.planning.amounts import Amount, from_draws

GRID = 400  # places between which a crossing is interpolated


@dataclass(frozen=True)
class Resource:
    """``use(load)`` in ``unit``, at most ``limit``; ``saturation`` is the load at which the limit is reached.

    ``furthest`` is the highest load that may be asked about, None where the use is in proportion.
    """

    name: str
    unit: str
    limit: float
    use: Callable[[float], Amount]
    saturation: Amount
    furthest: float | None = None


def proportional(name: str, unit: str, use: Amount, load: float, limit: float, idle: float = 0.0) -> Resource:
    """Use that was ``use`` at ``load``: idle + (use - idle) x, in proportion to the load.

    Raises:
        ValueError: the use is not above the idle part, or the limit is not.
    """
    if use.value is None or min(use.value if use.low is None else use.low, limit) <= idle:
        raise ValueError(f"the use and the limit of {name} must lie above its idle part {idle:g}")

    def at(wanted: float) -> Amount:
        return use.rising(lambda end: idle + (end - idle) * wanted / load)

    return Resource(name, unit, limit, at, use.falling(lambda end: load * (limit - idle) / (end - idle)))


def by_law(
    name: str, unit: str, law: Law, limit: float, level: float, interval: str = "new_run_over_laws"
) -> Resource:
    """Use along a fitted law of the load; loads beyond the law's limit have no number, and a reason.

    Raises:
        LawNotUsable: the law has no parameters, or more than one axis.
    """

    def at(load: float) -> Amount:
        found = predict(law, {law.axes[0]: load}, kind=interval, level=level)
        where = f"{found.distance.value}, {found.decades:.2f} decades outside the measured range"
        return Amount(found.value, found.low, found.high, found.method, where, found.reason)

    saturation = first_at(law, limit, level)
    return Resource(name, unit, limit, at, saturation, law.domain[0][1] * law.extrapolation_limit)


def first_at(law: Law, limit: float, level: float) -> Amount:
    """The smallest x, from the smallest measured one on, at which the curve reaches the limit.

    Its interval comes from the draws. Without a value where that is not before the furthest x that may be asked: the
    lower end is then the x at which the first draws reach it, or the furthest x itself.

    Raises:
        LawNotUsable: the law has no parameters, or more than one axis.
    """
    if len(law.axes) != 1:
        raise LawNotUsable(law=law.family, problem="a saturation needs a law of one axis")
    low, high = law.domain[0]
    furthest = high * law.extrapolation_limit
    x = np.linspace(low, furthest, GRID)
    with np.errstate(all="ignore"):
        value = float(_crossings(x, point_curve(law, x[:, None])[None, :], limit)[0])
        drawn = _crossings(x, draw_curves(law, x[:, None]), limit)
    found = from_draws(value, drawn, level, f"crossing of the {law.family} law and its draws")
    if found.value is None:
        reason = f"not reached up to {furthest:g}, the furthest that may be asked"
        return replace(found, low=furthest if found.low is None else found.low, high=None, reason=reason)
    ratio = found.value / high
    where = "inside the measured range" if ratio <= 1 else f"{ratio:.3g}x outside the measured range"
    return replace(found, distance=where)


def _crossings(x: np.ndarray, y: np.ndarray, limit: float) -> np.ndarray:
    """The first x (B,) at which curves (B, n) reach the limit; infinite where none does, NaN where unknown."""
    there = y >= limit
    first = np.argmax(there, axis=1)
    row, before = np.arange(len(y)), np.maximum(first - 1, 0)
    rise = y[row, first] - y[row, before]
    share = np.where(rise > 0, (limit - y[row, before]) / np.where(rise > 0, rise, 1.0), 1.0)
    at = np.where(first == 0, x[0], x[before] + share * (x[first] - x[before]))
    found = np.where(there.any(axis=1), at, np.inf)
    return np.where(np.isnan(y).any(axis=1), np.nan, found)


def periods_until(saturation: Amount, load: float, growth: float) -> Amount:
    """Periods until the load has grown to the saturation, at ``growth`` (.1: 10 %) a period; 0 where it is there.

    Raises:
        ValueError: the growth is not above 0.
    """
    if not growth > 0:
        raise ValueError("a load that does not grow reaches no limit")
    found = saturation.rising(lambda end: max(log(end / load), 0.0) / log(1 + growth) if end > 0 else 0.0)
    return replace(found, method=f"{saturation.method}; {growth:.3g} more load a period".removeprefix("; "))


def first_to_saturate(saturations: Mapping[str, Amount]) -> tuple[list[str], str]:
    """The resource that is used up first, or all that may be (first come those with the lowest value); and why.

    One is the first when the upper end of its load lies below the lower ends of all others. Numbers without an
    interval are compared as they stand.
    """
    known = {name: s for name, s in saturations.items() if s.value is not None}
    if not known:
        return [], "none of them is used up within what may be asked"
    ordered = sorted(known, key=lambda name: known[name].value or 0.0)
    ceiling = saturations[ordered[0]].ceiling
    rivals = [
        name
        for name, s in saturations.items()
        if name != ordered[0] and (ceiling is None or s.floor is None or s.floor <= ceiling)
    ]
    if not rivals:
        return ordered[:1], "its upper end lies below the lower ends of all others"
    return [ordered[0], *rivals], "not separated: their intervals overlap"


def implied_exponent(loads: Sequence[float], uses: Sequence[Amount]) -> Amount:
    """ln(use ratio) / ln(load ratio) between the first and the last line of a stated table: 1 is in proportion.

    Ends from the outermost corners of stated ranges. Two lines are no law: this only says what the table implies.
    """
    first, last = uses[0], uses[-1]
    step = log(loads[-1] / loads[0])

    def slope(after: float | None, before: float | None) -> float | None:
        return None if after is None or before is None else log(after / before) / step

    return Amount(
        slope(last.value, first.value), slope(last.low, first.high), slope(last.high, first.low),
        "ratio of the last to the first line of the stated table",
    )  # fmt: skip


def grown(load: float, growth: float, periods: float) -> float:
    """The load after that many periods."""
    return load * exp(periods * log(1 + growth))
