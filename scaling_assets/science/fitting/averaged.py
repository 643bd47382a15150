"""The averaged curve and where a new run would lie.

What belongs here: combining the curves and draws of weighted laws, and the four parts of a new run's variance.
What does not: the weights (``averaging``), fits and resampling. Everything is on the residual scale.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, stdtrit

from scaling_assets.science.fitting.averaging import TAIL, backtest_error, weighted_median

TO_SD = 1.4826  # median absolute deviation of a normal law to its standard deviation
ONE_SD = (0.1586553, 0.8413447)  # quantiles of a normal law one standard deviation from its mean
#: What counts of back-test errors that the other parts do not explain, when some law fits. Planted truths: new-run
#: intervals of 95 % cover .947 to .949 with 0, .950 to .963 with a quarter, .958 to .977 with all of it.
SHARE = 0.25
INFLATED_AT = 0.975  # the quantile at which few origins are allowed for: that of the usual 95 % interval


@dataclass(frozen=True, eq=False)
class Average:
    """Averaged curve (m,), its draws (d, m), and the spread between laws as a standard deviation (m,)."""

    value: np.ndarray
    draws: np.ndarray
    dispersion: np.ndarray


def average(values: np.ndarray, draws: np.ndarray, weights: np.ndarray) -> Average:
    """Weighted medians over laws.

    Args:
        values: (k, m) the laws' curves at m points; NaN where a law gives none.
        draws: (k, d, m) the same under d parameter draws. Draw j of every law comes from the same resample, so that
            the average of draws varies as the average of laws does.
        weights: (k,) from ``averaging.weigh``.

    The spread between laws is 1.4826 times the weighted median of their distances from the averaged curve.
    """
    value = weighted_median(values, weights)
    spread = TO_SD * weighted_median(np.abs(np.asarray(values, dtype=float) - value), weights)
    return Average(value, weighted_median(draws, weights), spread)


@dataclass(frozen=True, eq=False)
class BackTested:
    """How the averaged curve did at its origins.

    Attributes:
        errors: (c,) errors of the averaged curve at the held-out cells: the weighted median of the laws' errors.
        origin: (c,) the origin of each cell.
        cell_sizes: (c,) runs behind each held-out value.
        independent: how many origins do not overlap (``averaging.independent_origins``).
        some_law_fits: whether some law fits all scales (``averaging.some_law_fits``).
    """

    errors: np.ndarray
    origin: np.ndarray
    cell_sizes: np.ndarray
    independent: float
    some_law_fits: bool


@dataclass(frozen=True, eq=False)
class NewRun:
    """Where one more run would lie: centre (m,) and the parts of its variance, each (m,)."""

    centre: np.ndarray
    parameter: np.ndarray
    noise: np.ndarray
    dispersion: np.ndarray
    backtest: np.ndarray

    @property
    def variance(self) -> np.ndarray:
        """The sum of the parts, (m,)."""
        return self.parameter + self.noise + self.dispersion + self.backtest

    def interval(self, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
        """Ends (m,), (m,) of the central interval under a t5 of this variance."""
        reach = stdtrit(float(TAIL), 0.5 + level / 2) * self._scale()
        return self.centre - reach, self.centre + reach

    def log_density(self, at: np.ndarray) -> np.ndarray:
        """Natural logarithm of the predictive density at values (m,) on the residual scale."""
        z = (np.asarray(at) - self.centre) / self._scale()
        constant = gammaln((TAIL + 1) / 2) - gammaln(TAIL / 2) - 0.5 * np.log(TAIL * np.pi)
        return np.asarray(constant - np.log(self._scale()) - (TAIL + 1) / 2 * np.log1p(z * z / TAIL))

    def _scale(self) -> np.ndarray:
        return np.asarray(np.sqrt(self.variance * (TAIL - 2) / TAIL))


def new_run(averaged: Average, noise_variance: np.ndarray, weights: np.ndarray, tested: BackTested) -> NewRun:
    """Parameter draws + run noise + dispersion between laws + what back-tests show beyond these.

    Args:
        averaged: from ``average``.
        noise_variance: (k,) each law's residual variance of one run, of the fit that entered; their weighted
            median counts.
        weights: (k,) from ``averaging.weigh``.
        tested: the back-tests of the averaged curve.

    The squared back-test error already holds the noise of the held-out cells; only what exceeds it is added. When
    some law fits, parameter errors explain part of the rest, most of what is left is chance, and ``SHARE`` of it
    counts. When none does, nothing but the back-tests knows how wrong extrapolation is, and they are few: the
    excess is inflated by ``inflation``.
    """
    noise, squared, cells = measured(noise_variance, weights, tested)
    return run_around(
        averaged, noise, squared, cells, some_law_fits=tested.some_law_fits, independent=tested.independent
    )


def measured(
    noise_variance: np.ndarray, weights: np.ndarray, tested: BackTested
) -> tuple[float, float, float]:
    """Variance of run noise, squared back-test error of the averaged curve, and the noise of its cells in that."""
    noise = float(weighted_median(np.asarray(noise_variance, dtype=float), weights))
    squared = float(backtest_error(tested.errors, tested.origin)) ** 2
    return noise, squared, float(backtest_error(np.sqrt(noise / tested.cell_sizes), tested.origin)) ** 2


def run_around(
    averaged: Average, noise: float, squared: float, cells: float, *, some_law_fits: bool, independent: float
) -> NewRun:
    """A new run around an averaged curve, from what :func:`measured` found."""
    parameter = parameter_of(averaged)
    excess = excess_of(squared, cells, parameter, some_law_fits=some_law_fits, independent=independent)
    flat = np.ones_like(averaged.value)
    return NewRun(averaged.value, parameter, noise * flat, averaged.dispersion**2, excess * flat)


def parameter_of(averaged: Average) -> np.ndarray:
    """Variance of the averaged curve (m,): by quantiles, so that one runaway draw does not own the interval."""
    low, high = np.nanquantile(averaged.draws, ONE_SD, axis=0)
    return np.asarray(((high - low) / 2) ** 2)


def excess_of(
    squared: float, cells: float, parameter: np.ndarray, *, some_law_fits: bool, independent: float
) -> np.ndarray:
    """What counts of a squared back-test error beyond the noise of its cells: (m,); see ``new_run``."""
    explained = cells + (parameter if some_law_fits else np.zeros_like(parameter))
    factor = SHARE if some_law_fits else inflation(independent)
    return np.asarray(factor * np.maximum(0.0, squared - explained))


def inflation(independent: float) -> float:
    """By what factor a squared error known from so few origins is too small for a 95 % interval.

    The squared ratio of the 97.5 % points of a t with that many degrees of freedom and of the t5 of variance 1
    that is used for the interval: 4.7 for 2 independent origins, 1.9 for 4. Never below 1.
    """
    few = stdtrit(independent, INFLATED_AT)
    used = stdtrit(float(TAIL), INFLATED_AT) * np.sqrt((TAIL - 2) / TAIL)
    return float(max(1.0, (few / used) ** 2))
