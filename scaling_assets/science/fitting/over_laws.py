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
    seen = law.evidence
    return run_around(
        _averaged(law, np.asarray(x, dtype=float)), (law.noise or 0.0) ** 2,
        (seen.get("backtest_error") or 0.0) ** 2, (seen.get("cell_noise") or 0.0) ** 2,
        some_law_fits=bool(seen.get("some_law_fits")), independent=seen.get("independent_origins") or 1.0,
    )  # fmt: skip


def interval_over_laws(
    law: Law, x: np.ndarray, level: float, *, is_mean: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Low and high (n,) of one more run, or of the mean curve, at points x (n, k), in the metric's unit.

    The mean curve of an average is no surer of its form than a run is: it lacks only the run's noise.
    """
    found = new_run_of(law, x)
    low, high = (replace(found, noise=0.0 * found.noise) if is_mean else found).interval(level)
    scale = SCALES[law.residuals]
    return scale.backward(low), scale.backward(high)


def excess_of_one(law: Law) -> float:
    """What the back-tests of a law that stands alone show beyond the noise of their cells, as a variance.

    A law without rivals in its average (too few points for them, or told from them) is not certain for that.
    """
    seen = law.evidence
    error, share = seen.get("backtest_error"), seen.get("backtest_cell_share")
    if error is None or share is None or (seen.get("backtest_origins") or 0.0) < 2.0:
        return 0.0
    fits = usual_misfit(law) >= FITS
    cells = (law.noise or 0.0) ** 2 * share
    return float(excess_of(error**2, cells, np.zeros(1), some_law_fits=fits, independent=2.0)[0])


def _averaged(law: Law, x: np.ndarray) -> Average:
    scale, of = SCALES[law.residuals], members(law)
    theta = np.array([p.value for p in law.parameters], dtype=float)
    with np.errstate(all="ignore"):
        values = np.stack([scale.forward(m.family.curve(theta[m.columns], x)) for m in of])
        draws = np.stack([scale.forward(m.family.curve(law.draws[:, m.columns], x)) for m in of])
        return average(values, draws, np.array([m.weight for m in of]))
