"""How large a step does noise alone make? The distribution of the scan without any step.

What belongs here: simulation of AR(1) series, the correction of the estimated autocorrelation, p-values that
hold whatever the autocorrelation is. What does not: the statistic (``scan``).

The statistic is divided by its 80 % quantile at the estimated autocorrelation, which makes it nearly the same
for all; the p-value is the largest over the autocorrelations from 0 to the declared largest one (the least
favourable one, as in Berger & Boos 1994, J. American Statistical Association 89, without their confidence
set). Estimation of the autocorrelation is part of what is simulated, so that its bias and its spread are in
the distribution. Two standard errors of the
simulation are added. Below its resolution the tail is a generalised Pareto one with shape >= 0
(Pickands 1975, Annals of Statistics 3; Knijnenburg et al. 2009, Bioinformatics 25).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.stats import genpareto

from scaling_assets.science.changes.scan import STEP_RHO, Scan, autocorrelation, cleaned, scan

SERIES = 4_000  # simulated for each autocorrelation
EXCEEDING = 250  # of them the largest, to which the tail is fitted
MIDDLE = 0.8
SPACING = 0.1  # of the autocorrelations that are simulated
SEED = 20_261
EXACT = 60  # points up to which every length is simulated by itself; beyond it lengths within 5 % share one


@dataclass(frozen=True)
class Null:
    """Without a step: standardised statistics, sorted, a row for each autocorrelation."""

    rhos: np.ndarray
    typical: np.ndarray
    statistics: np.ndarray


def standardised(statistic: np.ndarray, rho: np.ndarray, of: Null) -> np.ndarray:
    """Statistics (B,) in units of what is typical at their estimated autocorrelation."""
    return statistic / np.interp(rho, of.rhos, of.typical)


def scanned(z: np.ndarray, least: int, has_drift: bool, largest_rho: float) -> Scan:
    """The scan of series (B, n) with the autocorrelation of each estimated and corrected."""
    clean = cleaned(z, least, has_drift)
    rho = corrected(autocorrelation(clean.residuals), z.shape[1], least, has_drift, largest_rho)
    return scan(z, rho, clean.taken, least, has_drift)


def p_value(found: Scan, n: int, least: int, has_drift: bool, largest_rho: float) -> float:
    """The chance of so large a step (of the one series scanned) without any, at the least favourable rho."""
    of = null(_shared(n), least, has_drift, largest_rho)
    seen = float(standardised(found.statistic, found.rho, of)[0])
    return max(tail(row, seen) for row in of.statistics)


def corrected(seen: np.ndarray, n: int, least: int, has_drift: bool, largest_rho: float) -> np.ndarray:
    """The autocorrelation, from 0 to the largest guarded against, whose estimates have this median (B,)."""
    rhos, medians = _medians(_shared(n), least, has_drift, largest_rho)
    found = np.interp(seen, medians, rhos)
    return np.minimum(np.round(found / STEP_RHO) * STEP_RHO, rhos[-1])


@lru_cache(maxsize=200)
def null(n: int, least: int, has_drift: bool, largest_rho: float) -> Null:
    """The distribution of the scan of n points without a step."""
    rhos = _grid(largest_rho, SPACING)
    found = [scanned(z, least, has_drift, largest_rho) for z in _noise(n, rhos, SEED)]
    typical = np.maximum.accumulate([np.quantile(one.statistic, MIDDLE) for one in found])
    rows = [np.sort(one.statistic / np.interp(one.rho, rhos, typical)) for one in found]
    return Null(rhos, typical, np.stack(rows))


def tail(ascending: np.ndarray, seen: float) -> float:
    """The share of the distribution at or above a value, with two standard errors of the simulation on top.

    Beyond what was simulated it is that of the fitted tail, its error that of the number that it is fitted to.
    """
    n = len(ascending)
    above = n - int(np.searchsorted(ascending, seen, side="left"))
    if above > EXCEEDING // 2:
        share = (above + 1) / (n + 1)
        return share + 2 * np.sqrt(share * (1 - share) / n)
    threshold = float(ascending[-EXCEEDING - 1])
    excess = ascending[-EXCEEDING:] - threshold
    mean, variance = float(excess.mean()), float(excess.var())
    shape = max(0.0, 0.5 * (1 - mean**2 / variance))  # moments: Hosking & Wallis 1987, Technometrics 29
    scale = mean * (1 - shape)
    error = 1 + 2 / np.sqrt(EXCEEDING // 2)
    return error * EXCEEDING / n * float(genpareto.sf(seen - threshold, shape, scale=scale))


@lru_cache(maxsize=200)
def _medians(n: int, least: int, has_drift: bool, largest_rho: float) -> tuple[np.ndarray, np.ndarray]:
    rhos = _grid(largest_rho, STEP_RHO)
    medians = [
        float(np.median(autocorrelation(cleaned(z, least, has_drift).residuals)))
        for z in _noise(n, rhos, SEED + 1)
    ]
    return rhos, np.maximum.accumulate(medians)


def _grid(largest: float, spacing: float) -> np.ndarray:
    """0, the largest, and even steps between."""
    return np.linspace(0.0, largest, max(1, round(largest / spacing)) + 1) if largest > 0 else np.zeros(1)


def _noise(n: int, rhos: np.ndarray, seed: int) -> list[np.ndarray]:
    """Stationary AR(1) series (SERIES, n) for each autocorrelation, from the same innovations."""
    normal = np.random.default_rng(seed).standard_normal((SERIES, n))
    return [autoregressive(normal, float(rho)) for rho in rhos]


def autoregressive(innovations: np.ndarray, rho: float) -> np.ndarray:
    """Stationary AR(1) series (B, n) with standard deviation 1 from standard normal innovations (B, n)."""
    z = innovations * np.sqrt(1 - rho**2)
    z[:, 0] = innovations[:, 0]
    for i in range(1, z.shape[1]):
        z[:, i] += rho * z[:, i - 1]
    return z


def _shared(n: int) -> int:
    """The length whose simulation serves n points."""
    return n if n <= EXACT else round(EXACT * 1.05 ** round(np.log(n / EXACT) / np.log(1.05)))
