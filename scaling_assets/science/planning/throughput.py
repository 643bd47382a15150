"""What a fitted throughput law says about capacity: how much at N, the most there is, N for a load, what limits it.

What belongs here: a Universal Scalability or Amdahl law with its draws, read in every direction within the range
that it may be asked about. What does not: fitting, the conversions themselves (``laws.concurrency``), growth.

Two kinds of interval, both at the plan's level: a throughput is that of one more run (with run noise and what
back-tests missed; or the mean curve, where that is declared), a place (peak, N for a load, share of a term) is a
property of the curve and comes from its draws. Nothing is said about an N beyond the law's extrapolation limit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

import numpy as np

from scaling_assets.errors import LawNotUsable
from scaling_assets.records.law import Law
from scaling_assets.science.fitting.predict import curve
from scaling_assets.science.laws import concurrency
from scaling_assets.science.planning.amounts import Amount, from_draws

FAMILIES_READ = ("usl", "amdahl")
OUTSIDE = "new_run_over_laws"  # the interval outside the measured range
GRID = 24  # places at which the highest end of the curve is looked for


@dataclass(frozen=True, eq=False)
class Throughput:
    """A law of throughput against one axis N, with how far it may be asked.

    ``interval`` is a kind of prediction ("new_run_over_laws", "new_run", "mean_curve"), ``level`` that of all
    intervals, ``beyond`` a ratio that replaces the law's extrapolation limit where it is larger.

    Raises:
        LawNotUsable: another family, more than one axis, or a law without parameters.
    """

    law: Law
    level: float
    interval: str = "new_run_over_laws"
    beyond: float = 1.0

    def __post_init__(self) -> None:
        if self.law.family not in FAMILIES_READ or len(self.law.axes) != 1:
            problem = f"capacity is read from a law of one axis of the family {' or '.join(FAMILIES_READ)}"
            raise LawNotUsable(law=self.law.family, problem=problem, remedy="Name that family in the plan.")
        if not self.law.is_usable or not len(self.law.draws):
            raise LawNotUsable(law=self.law.family, problem=self.law.reason or "it has no draws")

    @property
    def furthest(self) -> float:
        """The largest N that may be asked: the largest measured one times the limit."""
        return self.law.domain[0][1] * max(self.law.extrapolation_limit, self.beyond)

    @property
    def estimate(self) -> tuple[float, float, float]:
        """gamma, sigma, kappa."""
        values = [float(p.value) for p in self.law.parameters if p.value is not None]
        return values[0], values[1], values[2] if len(values) > 2 else 0.0

    @property
    def draws(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The same under each draw, three arrays (B,)."""
        drawn = self.law.draws
        return drawn[:, 0], drawn[:, 1], drawn[:, 2] if drawn.shape[1] > 2 else np.zeros(len(drawn))

    @property
    def method(self) -> str:
        """How the intervals came about."""
        return f"{self.law.family} law, {self.law.parameters[0].method}"

    def distance(self, n: float) -> str:
        """How far N lies from what was measured, in words."""
        low, high = self.law.domain[0]
        if low <= n <= high:
            return f"inside the measured {low:g} to {high:g}"
        ratio = n / high if n > high else low / n if n > 0 else inf
        return f"{ratio:.3g}x outside the measured {low:g} to {high:g} ({np.log10(ratio):.2f} decades)"

    def may_be_asked(self, n: float) -> bool:
        """True where N lies within the limit on both sides."""
        ratio = max(self.law.extrapolation_limit, self.beyond) * (1 + 1e-12)
        low, high = self.law.domain[0]
        return low / ratio <= n <= high * ratio

    def at(self, n: float) -> Amount:
        """The throughput at N; without a value, with the reason, beyond the limit."""
        if not self.may_be_asked(n):
            limit = max(self.law.extrapolation_limit, self.beyond)
            return Amount(None, reason=f"{n:g} lies {self.distance(n)}; the limit is {limit:.3g}x")
        value, low, high = (ends[0] for ends in self.ends(np.array([n])))
        lower = max(float(low), 0.0) if np.isfinite(low) else None
        upper = float(high) if np.isfinite(high) else None
        low_n, high_n = self.law.domain[0]
        kind = self.interval if low_n <= n <= high_n else OUTSIDE
        return Amount(float(value), lower, upper, f"{kind}: {self.method}", self.distance(n))

    def ends(self, n: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Value, lower and upper end (n,) of the throughput at places N (n,); never refused.

        Outside the measured range the interval is that of one more run with what back-tests missed, whatever is
        declared: there a mean curve held 9 of 18 published throughputs at 90 %, this one 14 (docs/capacity.md).
        """
        low, high = self.law.domain[0]
        outside = (n < low) | (n > high)
        found = np.empty((3, len(n)))
        for kind, rows in ((self.interval, ~outside), (OUTSIDE, outside)):
            if rows.any():
                found[:, rows] = curve(self.law, n[rows, None], kind=kind, level=self.level)
        return found[0], found[1], found[2]

    def peak(self) -> Amount:
        """The N of highest throughput, sqrt((1 - sigma) / kappa): only where it may be asked about.

        Without coherency, or beyond the limit, there is no number: the throughput still rises as far as is known.
        """
        at = float(concurrency.peak(*self.estimate)[0])
        found = from_draws(at, _peaks(*self.draws), self.level, f"draws of the {self.method}")
        if self.may_be_asked(at):
            return Amount(found.value, found.low, found.high, found.method, self.distance(at))
        what = f"none up to {self.furthest:g}, the furthest that may be asked: throughput still rises there"
        if at < self.law.domain[0][0]:
            what = "throughput falls from the smallest N that may be asked on"
        low = found.low if found.low is not None and found.low < self.furthest else None
        return Amount(None, low, None, found.method, reason=what)

    @property
    def measured_to(self) -> float:
        """The largest measured N."""
        return self.law.domain[0][1]

    def is_past_peak_for_sure(self) -> bool:
        """True when the whole interval of the peak lies within what was measured: no N beyond does more.

        A peak beyond the data is no evidence of one: the ray tracer fitted to its first 20 or 24 processors has its
        peak before 37, and 64 do half as much again.
        """
        peak = self.peak()
        return peak.value is not None and peak.high is not None and peak.high <= self.measured_to

    def most(self, smallest: float, largest: float) -> Amount:
        """The highest throughput over N from ``smallest`` to ``largest``: that of the best N, and both its ends.

        The upper end is the highest upper end anywhere between, so that a load above it is out of reach at every N;
        the lower end is the highest lower end: some N does at least that.
        """
        at = np.unique(np.append(np.linspace(smallest, largest, GRID), self._best(smallest, largest)))
        value, low, high = self.ends(at)
        best = int(np.nanargmax(value))
        lower = max(float(np.nanmax(low)), 0.0) if np.isfinite(low).any() else None
        upper = float(np.max(high)) if np.isfinite(high).all() else None
        return Amount(
            float(value[best]),
            lower,
            upper,
            f"{self.interval}: {self.method}",
            self.distance(float(at[best])),
        )

    def _best(self, smallest: float, largest: float) -> float:
        return float(np.clip(concurrency.peak(*self.estimate)[0], smallest, largest))

    def needed(self, load: float) -> Amount:
        """The N that carries a load, by exact inversion of every draw; a draw that cannot is infinite.

        Without a value where the curve never does so much, or only beyond the limit.
        """
        at = float(concurrency.concurrency_at_throughput(load, *self.estimate)[0])
        drawn = concurrency.concurrency_at_throughput(load, *self.draws)[0]
        found = from_draws(
            at, np.where(np.isnan(drawn), np.inf, drawn), self.level, f"exact inversion of the {self.method}"
        )
        if found.value is None:
            return Amount(None, found.low, None, found.method, reason="the curve never reaches it")
        if at > self.furthest * (1 + 1e-12):
            reason = f"it would take more than {self.furthest:g}, the furthest that may be asked"
            return Amount(None, None, None, found.method, reason=reason)
        return Amount(found.value, found.low, found.high, found.method, self.distance(at))

    def allowed(self, response: float, think: float = 0.0) -> Amount:
        """The largest N (in flight) whose time in the system is at most ``response``.

        R = N / X(N) - Z: Little's law for a closed system with think time Z (Denning & Buzen 1978, "The operational
        analysis of queueing network models", ACM Computing Surveys 10, interactive response time formula).
        """
        at = _last(concurrency.concurrency_at_latency(response + think, *self.estimate))
        drawn = _last(concurrency.concurrency_at_latency(response + think, *self.draws))
        found = from_draws(
            float(at), drawn, self.level, f"Little's law and exact inversion of the {self.method}"
        )
        if found.value is None:
            return Amount(None, method=found.method, reason="the limit is broken by a single one in flight")
        if float(at) > self.furthest:
            reason = f"the limit holds up to {self.furthest:g}, the furthest that may be asked"
            distance = self.distance(self.furthest)
            return Amount(self.furthest, None, None, found.method, distance, reason)
        return Amount(found.value, found.low, found.high, found.method, self.distance(float(at)))

    def shares(self, n: float) -> dict[str, Amount]:
        """How a unit of work at N spends its time: alone, waiting for others (contention), agreeing with them.

        1/D, sigma (N - 1)/D and kappa N (N - 1)/D of the load D: they add up to 1.
        """
        method, where = f"draws of the {self.method}", self.distance(n)
        return {
            name: from_draws(float(term(n, *self.estimate)), term(n, *self.draws), self.level, method, where)
            for name, term in _TERMS.items()
        }

    def limited_by(self, n: float) -> tuple[str, float]:
        """What costs more at N, contention or coherency, and the share of draws that say so.

        "not identified" where fewer than ``level`` of them agree; "nothing" where neither costs anything.
        """
        _, sigma, kappa = self.estimate
        if sigma <= 0 and kappa <= 0:
            return "nothing", 1.0
        _, drawn_sigma, drawn_kappa = self.draws
        contention = float(np.mean(np.maximum(drawn_sigma, 0) >= np.maximum(drawn_kappa, 0) * n))
        share = max(contention, 1 - contention)
        if share < self.level:
            return "not identified", share
        return ("contention" if contention >= 0.5 else "coherency"), share


def _alone(n: float, gamma: object, sigma: np.ndarray, kappa: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.maximum(sigma, 0) * (n - 1) + np.maximum(kappa, 0) * n * (n - 1)))


_TERMS: dict[str, Callable[..., np.ndarray]] = {
    "alone": _alone,
    "contention": lambda n, g, s, k: np.maximum(s, 0) * (n - 1) * _alone(n, g, s, k),
    "coherency": lambda n, g, s, k: np.maximum(k, 0) * n * (n - 1) * _alone(n, g, s, k),
}


def _peaks(gamma: np.ndarray, sigma: np.ndarray, kappa: np.ndarray) -> np.ndarray:
    """The peak under each draw; a draw that went beyond the bound of kappa has none, as one on the bound."""
    at: np.ndarray = concurrency.peak(gamma, np.minimum(sigma, 1.0), kappa)[0]
    return at


def _last(roots: np.ndarray) -> np.ndarray:
    """The largest root, NaN where there is none: roots are sorted with NaN at the end."""
    with np.errstate(invalid="ignore"):
        found = np.fmax(roots[0], roots[1])
    return np.asarray(found)
