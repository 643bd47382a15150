"""Where a new run would lie when no law is certain: the interval of an average.

What belongs here: the four parts of a new run's variance, read off an average law. What does not: intervals that are
conditional on one law (``predict``), the parts themselves (``averaged``).
"""

from dataclasses import replace

import numpy as np

from scaling_assets.records.law import Law
from scaling_assets.science.fitting.averaged import Average, NewRun, average, excess_of, run_around
from scaling_assets.science.fitting.averaging import FITS
from scaling_assets.science.fitting.choose import usual_misfit
from scaling_assets.science.fitting.mixture import members
from scaling_assets.science.fitting.scale import SCALES


def new_run_of(law: Law, x: np.ndarray) -> NewRun:
    """Where one more run would lie at points x (n, k), on the residual scale."""
    return _new_run(law, np.asarray(x, dtype=float), 1.0)


def unit_of(law: Law) -> float:
    """A residual of usual size, to measure variances in: the square of 1e200 or of 1e-200 is no number."""
    if law.residuals != "identity":
        return 1.0
    seen = law.evidence
    largest = max(law.noise or 0.0, seen.get("backtest_error") or 0.0, seen.get("cell_noise") or 0.0)
    return largest if 0.0 < largest < np.inf else 1.0


def _new_run(law: Law, x: np.ndarray, unit: float) -> NewRun:
    """Where one more run would lie, on the residual scale, in ``unit``."""
    seen, found = law.evidence, _averaged(law, x)
    noise, squared, cells = (
        float(np.square((part or 0.0) / unit))
        for part in (law.noise, seen.get("backtest_error"), seen.get("cell_noise"))
    )
    return run_around(
        Average(found.value / unit, found.draws / unit, found.dispersion / unit), noise, squared, cells,
        some_law_fits=bool(seen.get("some_law_fits")), independent=seen.get("independent_origins") or 1.0,
    )  # fmt: skip


def interval_over_laws(
    law: Law, x: np.ndarray, level: float, *, is_mean: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Low and high (n,) of one more run, or of the mean curve, at points x (n, k), in the metric's unit.

    The mean curve of an average is no surer of its form than a run is: it lacks only the run's noise.
    """
    unit = unit_of(law)
    found = _new_run(law, np.asarray(x, dtype=float), unit)
    low, high = (replace(found, noise=0.0 * found.noise) if is_mean else found).interval(level)
    scale = SCALES[law.residuals]
    return scale.backward(low * unit), scale.backward(high * unit)


def excess_of_one(law: Law, unit: float) -> float:
    """What the back-tests of a law that stands alone show beyond the noise of their cells: a variance, in ``unit``^2.

    A law without rivals in its average (too few points for them, or told from them) is not certain for that.
    """
    seen = law.evidence
    error, share = seen.get("backtest_error"), seen.get("backtest_cell_share")
    if error is None or share is None or (seen.get("backtest_origins") or 0.0) < 2.0:
        return 0.0
    fits = usual_misfit(law) >= FITS
    cells = ((law.noise or 0.0) / unit) ** 2 * share
    return float(excess_of((error / unit) ** 2, cells, np.zeros(1), some_law_fits=fits, independent=2.0)[0])


def _averaged(law: Law, x: np.ndarray) -> Average:
    scale, of = SCALES[law.residuals], members(law)
    theta = np.array([p.value for p in law.parameters], dtype=float)
    with np.errstate(all="ignore"):
        values = np.stack([scale.forward(m.family.curve(theta[m.columns], x)) for m in of])
        draws = np.stack([scale.forward(m.family.curve(law.draws[:, m.columns], x)) for m in of])
        return average(values, draws, np.array([m.weight for m in of]))
