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
from scaling_assets.science.fitting.predict import curve, predict
from scaling_assets.science.gates.compare import number
from scaling_assets.science.planning.amounts import Amount

OUTSIDE = "new_run_over_laws"  # the interval outside the measured range
GRID = 25  # places on either side of the largest measured one at which a crossing is looked for
FINER = 9  # places between two of them


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


def by_law(name: str, unit: str, law: Law, limit: float, level: float, interval: str = OUTSIDE) -> Resource:
    """Use along a fitted law of the load; loads beyond the law's limit have no number, and a reason.

    Raises:
        LawNotUsable: the law has no parameters, or more than one axis.
    """

    def at(load: float) -> Amount:
        kind = kind_at(law, load, interval)
        found = predict(law, {law.axes[0]: load}, kind=kind, level=level)
        ratio = max(found.ratios.values())
        outside = f"{ratio:.3g}x outside the measured range ({found.decades:.2f} decades)"
        where = "inside the measured range" if ratio <= 1 else outside
        return Amount(found.value, found.low, found.high, f"{kind}: {found.method}", where, found.reason)

    saturation = first_at(law, limit, level, interval)
    return Resource(name, unit, limit, at, saturation, law.domain[0][1] * law.extrapolation_limit)


def kind_at(law: Law, x: float, declared: str) -> str:
    """The declared kind of interval inside the measured range; outside it that of one more run, with back-tests."""
    low, high = law.domain[0]
    return declared if low <= x <= high else OUTSIDE


def first_at(law: Law, limit: float, level: float, interval: str = OUTSIDE) -> Amount:
    """The smallest x, from the smallest measured one on, at which the use reaches the limit.

    Its ends are where the ends of the use reach it: below the lower one a run keeps the limit by its upper end.
    Without a value where the curve does not reach the limit before the furthest x that may be asked; the lower end
    is then still a promise.

    Raises:
        LawNotUsable: the law has no parameters, or more than one axis.
    """
    if len(law.axes) != 1:
        raise LawNotUsable(law=law.family, problem="a saturation needs a law of one axis")
    low, high = law.domain[0]
    furthest = high * law.extrapolation_limit

    def ends(x: np.ndarray) -> np.ndarray:
        found = np.empty((3, len(x)))
        outside = (x < low) | (x > high)
        for kind, rows in ((interval, ~outside), (OUTSIDE, outside)):
            if rows.any():
                found[:, rows] = curve(law, x[rows, None], kind=kind, level=level)
        return found

    x = np.unique(np.append(_spread(low, high), _spread(high, furthest)))
    y = ends(x)

    def crossing(row: int) -> float | None:
        return _crossing(x, y[row], limit, lambda at: ends(at)[row], is_doubted=row == 2)

    value, last, first = (crossing(row) for row in range(3))
    method = f"where the {law.family} law and its ends reach the limit ({interval})"
    if value is None:
        reason = f"not reached up to {number(furthest)}, the furthest that may be asked"
        return Amount(None, furthest if first is None else first, None, method, reason=reason)
    ratio = value / high
    where = "inside the measured range" if ratio <= 1 else f"{ratio:.3g}x outside the measured range"
    return Amount(value, first, last, method, where)


def _spread(low: float, high: float) -> np.ndarray:
    return np.geomspace(low, high, GRID) if low > 0 else np.linspace(low, high, GRID)


def _crossing(
    x: np.ndarray,
    y: np.ndarray,
    limit: float,
    finer: Callable[[np.ndarray], np.ndarray],
    *,
    is_doubted: bool,
) -> float | None:
    """The first x at which y (n,) reaches the limit, looked at once more between two; None where it does not.

    Where an upper end is not known (NaN, ``is_doubted``) it may have reached the limit: nothing is promised there.
    """
    for again in (True, False):
        there = ~(y < limit) if is_doubted else y >= limit
        if not there.any():
            return None
        i = int(np.argmax(there))
        if i == 0:
            return float(x[0])
        if again:
            x = np.linspace(x[i - 1], x[i], FINER)
            y = finer(x)
    rise = y[i] - y[i - 1]
    share = (limit - y[i - 1]) / rise if np.isfinite(rise) and rise > 0 else 0.0
    return float(x[i - 1] + share * (x[i] - x[i - 1]))


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
