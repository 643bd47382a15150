"""How single-variable laws are fitted today: one call of scipy's curve_fit, or of lmfit, a data set.

What belongs here: those loops, their curves and their starts. What does not: timing, our own families (the curves
are written again here, so that a mistake in ours cannot hide). Parameters have the names of our families' ones.
"""

import inspect
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from scipy.optimize import curve_fit

from benchmarks.harness import is_installed

Formula = Callable[..., np.ndarray]
Start = Callable[[np.ndarray, np.ndarray], Sequence[float]]
MAX_EVALUATIONS = 2000
POSITIVE = {"x0"}
SMALLEST = 1e-300  # a curve that is not above 0 has no logarithm: it counts as this


@dataclass(frozen=True)
class Curve:
    """A law as a user writes it: formula(x, *parameters), their names, and a start from data."""

    formula: Formula
    names: tuple[str, ...]
    start: Start


def _power_start(x: np.ndarray, y: np.ndarray) -> list[float]:
    slope, intercept = np.polyfit(np.log(x), np.log(np.maximum(y, SMALLEST)), 1)
    return [float(np.exp(intercept)), float(slope)]


def _power_floor_start(x: np.ndarray, y: np.ndarray) -> list[float]:
    floor = y.min() - 0.05 * np.ptp(y)
    slope, intercept = np.polyfit(np.log(x), np.log(y - floor + 1e-12), 1)
    return [float(floor), float(np.exp(intercept)), float(-slope)]


def _flat_start(x: np.ndarray, y: np.ndarray) -> list[float]:
    return [float(y.mean()), 0.0]


CURVES: dict[str, Curve] = {
    "linear": Curve(lambda x, a, b: a + b * x, ("a", "b"), _flat_start),
    "logarithmic": Curve(lambda x, a, b: a + b * np.log(x), ("a", "b"), _flat_start),
    "power": Curve(lambda x, a, b: a * x**b, ("a", "b"), _power_start),
    "power_floor": Curve(lambda x, E, a, b: E + a * x**-b, ("E", "a", "b"), _power_floor_start),
    "saturating_exponential": Curve(
        lambda x, c, a, k: c + a * np.exp(-k * x),
        ("c", "a", "k"),
        lambda x, y: [float(y[-1]), float(y[0] - y[-1]), 3.0 / float(np.ptp(x))],
    ),
    "hill": Curve(
        lambda x, hi, x0, h: hi * x**h / (x0**h + x**h),
        ("hi", "x0", "h"),
        lambda x, y: [float(y[-1]), float(np.exp(np.log(x).mean())), 1.0],
    ),
    "log_sigmoid": Curve(
        lambda x, lo, hi, x0, k: lo + (hi - lo) / (1.0 + (x / x0) ** -k),
        ("lo", "hi", "x0", "k"),
        lambda x, y: [
            float(y[0]),
            float(y[-1]),
            float(np.exp(np.log(x).mean())),
            4.0 / float(np.ptp(np.log(x))),
        ],
    ),
}


def on_scale(curve: Curve, residuals: str) -> Formula:
    """The formula as it is compared with the target: itself, or its logarithm."""
    if residuals == "identity":
        return curve.formula
    return lambda x, *p: np.log(np.maximum(curve.formula(x, *p), SMALLEST))


def target(y: np.ndarray, residuals: str) -> np.ndarray:
    """What is fitted: y, or ln y."""
    with np.errstate(all="ignore"):
        return np.log(y) if residuals == "log" else y


def sums_of_squares(curve: Curve, residuals: str, x: np.ndarray, y: np.ndarray, theta: np.ndarray) -> float:
    """The objective of one fit; infinity where it has none."""
    with np.errstate(all="ignore"):
        found = float(np.sum((on_scale(curve, residuals)(x, *theta) - target(y, residuals)) ** 2))
    return found if np.isfinite(found) else np.inf


def curve_fit_from_data(curve: Curve, residuals: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """scipy's curve_fit from a start that is made from the data; NaN where it gives up."""
    return _curve_fit(curve, residuals, x, y, curve.start(x, y))


def curve_fit_from_ones(curve: Curve, residuals: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """scipy's curve_fit from its default start, all ones; NaN where it gives up."""
    return _curve_fit(curve, residuals, x, y, np.ones(len(curve.names)))


def _curve_fit(
    curve: Curve, residuals: str, x: np.ndarray, y: np.ndarray, start: Sequence[float]
) -> np.ndarray:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            found = curve_fit(
                on_scale(curve, residuals), x, target(y, residuals), p0=start, maxfev=MAX_EVALUATIONS
            )
        except (RuntimeError, ValueError):  # its ways of giving up
            return np.full(len(curve.names), np.nan)
    return found[0]


def lmfit_from_data(curve: Curve, residuals: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """lmfit's Model.fit from a start that is made from the data; NaN where it gives up."""
    start = dict(zip(curve.names, curve.start(x, y), strict=True))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            found = _lmfit_model(curve, residuals).fit(target(y, residuals), x=x, **start)
        except (RuntimeError, ValueError):
            return np.full(len(curve.names), np.nan)
    return np.array([found.params[name].value for name in curve.names])


@cache
def _lmfit_model(curve: Curve, residuals: str) -> Any:
    import lmfit

    scaled = on_scale(curve, residuals)

    def named(x: np.ndarray, **p: float) -> np.ndarray:
        return scaled(x, *(p[name] for name in curve.names))

    wanted = [
        inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in ("x", *curve.names)
    ]
    named.__signature__ = inspect.Signature(wanted)  # type: ignore[attr-defined]
    model = lmfit.Model(named)
    for name in POSITIVE & set(
        curve.names
    ):  # lmfit gives up at the first NaN, so it is told what has a power
        model.set_param_hint(name, min=1e-12)
    return model


#: Ways to fit one data set by name: (curve, residuals, x, y) -> parameters.
FITS: dict[str, Callable[[Curve, str, np.ndarray, np.ndarray], np.ndarray]] = {
    "curve_fit, start from data": curve_fit_from_data,
    "curve_fit, start of ones": curve_fit_from_ones,
} | ({"lmfit, start from data": lmfit_from_data} if is_installed("lmfit") else {})
