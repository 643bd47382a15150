"""What a law says at a point, how sure, and how far from the data that is.

What belongs here: predictions from a fitted law and its draws. What does not: fitting, thresholds.
Nothing here is random: the noise of a new run is a fixed grid of equally likely values.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

import numpy as np
from scipy.special import chdtri, stdtrit

from scaling_assets.errors import LawNotUsable
from scaling_assets.records.law import Distance, Law, Prediction
from scaling_assets.science.fitting.averaging import TAIL
from scaling_assets.science.fitting.choose import misfit
from scaling_assets.science.fitting.interval import quantile
from scaling_assets.science.fitting.mixture import curves, exists_at
from scaling_assets.science.fitting.over_laws import excess_of_one, interval_over_laws, unit_of
from scaling_assets.science.fitting.scale import SCALES

KINDS = ("new_run_over_laws", "new_run", "mean_curve")


def predict(
    law: Law,
    at: Mapping[str, float],
    *,
    kind: str = "new_run_over_laws",
    level: float = 0.95,
    beyond: float | None = None,
) -> Prediction:
    """Predict at one point.

    Args:
        at: a value for each of the law's axes, in the dimension's unit.
        kind: "mean_curve" (where the curve lies), "new_run" (where one more unit would lie, were this law
            certain) or "new_run_over_laws" (with the dispersion between the laws of an average and what its
            back-tests missed; of a single law the same as "new_run").
        beyond: a ratio that replaces the law's extrapolation limit where it is larger.

    Returns:
        The prediction. One without numbers, with distance ``refused`` and the reason: beyond the limit,
        where the curve leaves what the metric can be, and outside the data of a law that misses its cells.
        An end of the interval that lies outside what the metric can be is None.

    Raises:
        LawNotUsable: the law has no parameters, an axis has no value, or the law does not exist there.
    """
    _check(law, kind)
    missing = [axis for axis in law.axes if axis not in at]
    if missing:
        raise LawNotUsable(law=law.family, problem=f"no value was given for {', '.join(missing)}")
    x = np.array([[float(at[axis]) for axis in law.axes]])
    if not exists_at(law, x):
        raise LawNotUsable(law=law.family, problem=f"it does not exist at {dict(at)}")
    ratios = {axis: _ratio(x[0, i], *law.domain[i]) for i, axis in enumerate(law.axes)}
    farthest = max(ratios.values())
    limit = max(law.extrapolation_limit, beyond or 0.0)
    decades = float(np.log10(farthest)) if np.isfinite(farthest) else float("inf")
    distance, reason = Distance.INTERPOLATION, ""
    refused = Prediction(
        law.law_id, kind, dict(at), None, None, None, level, "none", Distance.REFUSED, ratios, decades
    )
    if farthest > limit * (1 + 1e-12):
        reason = f"{farthest:.3g}x outside the measured range; the limit is {limit:.3g}x"
        return replace(refused, reason=reason)
    if farthest > 1.0:
        distance = Distance.EXTRAPOLATION
        if farthest > law.extrapolation_limit:
            reason = (
                f"{farthest:.3g}x outside the measured range, allowed by an override of the limit "
                f"{law.extrapolation_limit:.3g}x"
            )
    value, low, high = (_number(end[0]) for end in curve(law, x, kind=kind, level=level))
    if value is None:
        found = float(point_curve(law, x)[0])
        reason = f"the {law.family} law gives {found:.3g} here, outside what the metric can be"
        return replace(refused, reason=reason)
    if distance is Distance.EXTRAPOLATION and misfit(law):
        reason = f"the {law.family} law {misfit(law)}: it may not be extrapolated"
        return replace(refused, reason=reason)
    if low is None or high is None:
        side = "both ends" if low is high else "the lower end" if low is None else "the upper end"
        outside = f"{side} of the {law.family} law's interval lies outside what the metric can be"
        reason = "; ".join(filter(None, (reason, outside)))
    method = law.parameters[0].method if law.parameters else ""
    if is_quantile(law):
        method += "; of the curve itself, which runs through a quantile of runs"
    elif kind != "mean_curve":
        method += f"; run noise with t{TAIL} tails"
    if kind == "new_run_over_laws" and not is_quantile(law):
        method += (
            "; dispersion of laws and back-test error"
            if law.is_average
            else ", conditional on one law; back-test error"
        )
    return replace(refused, value=value, low=low, high=high, method=method, distance=distance, reason=reason)


def curve(
    law: Law, x: np.ndarray, *, kind: str = "mean_curve", level: float = 0.95
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Value, low and high (n,) at points x (n, k); never refused: for plots, which show where data end.

    NaN where the curve, or that end of its interval, lies outside what the residual scale can take (log:
    above 0, logit: between 0 and 1). A draw that left it counts as beyond the end on its side and is left
    out for the other end, so that neither end becomes tighter by it.

    Raises:
        LawNotUsable: the law has no parameters, or ``kind`` is unknown.
    """
    _check(law, kind)
    scale = SCALES[law.residuals]
    value = point_curve(law, x)
    if law.is_average:
        ends = interval_over_laws(law, x, level, is_mean=kind == "mean_curve")
        inside = scale.accepts(value)
        low, high = (np.where(inside & scale.accepts(end), end, np.nan) for end in ends)
        return np.where(inside, value, np.nan), low, high
    draws = draw_curves(law, x)
    tail, noise = (1.0 - level) / 2, np.zeros(1)
    if kind != "mean_curve" and not is_quantile(law):
        unit = unit_of(law)
        excess = excess_of_one(law, unit) if kind == "new_run_over_laws" else 0.0
        spread = unit * np.sqrt(((law.noise or 0.0) / unit) ** 2 + excess)
        noise = spread * noise_grid(int(law.evidence.get("degrees_of_freedom") or 1))
    low, high = np.full_like(value, np.nan), np.full_like(value, np.nan)
    inside = scale.accepts(value)
    for i in np.flatnonzero(inside):  # one point at a time: draws x noise values are enough numbers at once
        drawn = draws[:, i]
        fine = scale.accepts(drawn)
        moved = drawn[fine][:, None] if kind == "mean_curve" else scale.shift(drawn[fine][:, None], noise)
        above = int(np.sum(drawn[~fine] >= 1.0)) if law.residuals == "logit" else int(np.sum(drawn == np.inf))
        unknown = int(np.sum(np.isnan(drawn)))
        below = len(drawn) - int(fine.sum()) - above - unknown
        low[i] = np.minimum(_end(moved, below + unknown, tail), value[i])
        high[i] = np.maximum(-_end(-moved, above + unknown, tail), value[i])
    return np.where(inside, value, np.nan), low, high


def _end(moved: np.ndarray, beyond: int, tail: float) -> float:
    """The lower quantile of values (draws, noise), further draws being below them all; NaN if that is there."""
    lost = np.full(beyond * moved.shape[1], -np.inf)
    values = np.concatenate([lost, moved.ravel()])
    if not moved.size:
        return float("nan")
    found = quantile(values, tail)
    return found if np.isfinite(found) else float("nan")


def is_quantile(law: Law) -> bool:
    """True where the curve runs through a quantile of runs: a run around it has no centre there."""
    return law.estimator == "asymmetric_mae"


def draw_curves(law: Law, x: np.ndarray) -> np.ndarray:
    """The mean curve under each parameter draw, (draws, n), at points x (n, k).

    Raises:
        LawNotUsable: the law has no draws.
    """
    _check(law, "mean_curve")
    return curves(law, x, law.draws)


def point_curve(law: Law, x: np.ndarray) -> np.ndarray:
    """The mean curve at the estimate, (n,), at points x (n, k).

    Raises:
        LawNotUsable: the law has no parameters.
    """
    _check(law, "mean_curve")
    return curves(law, x, np.array([p.value for p in law.parameters], dtype=float))


@lru_cache(maxsize=64)
def noise_grid(degrees: int) -> np.ndarray:
    """401 or so equally likely values of a new unit's standardised deviation from the curve.

    A t5 of variance 1, times sqrt(nu / chi2_nu) for the uncertainty of the noise itself.
    """
    at = (np.arange(63) + 0.5) / 63
    heavy = stdtrit(float(TAIL), at) * np.sqrt((TAIL - 2) / TAIL)
    factor = np.sqrt(degrees / chdtri(float(degrees), (np.arange(15) + 0.5) / 15))
    return (heavy[:, None] * factor[None, :]).ravel()


def _check(law: Law, kind: str) -> None:
    if kind not in KINDS:
        raise LawNotUsable(
            law=law.family, problem=f"there is no prediction of kind {kind!r}; known are {', '.join(KINDS)}"
        )
    if not law.is_usable:
        raise LawNotUsable(law=law.family, problem=law.reason)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _ratio(x: float, low: float, high: float) -> float:
    if low <= x <= high:
        return 1.0
    if x > high:
        return float(x / high) if high > 0 else float("inf")
    return float(low / x) if x > 0 else float("inf")
