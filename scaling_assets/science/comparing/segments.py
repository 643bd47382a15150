"""Do contexts share a law? Interaction tests of per-context fits against the pooled fit.

What belongs here: tests that parameters, or whole curves, are the same in all contexts. What does not: what to
do when they are nearly so (``pooling``), prediction for a context that was not seen (``leave_one_out``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import f as variance_ratio

from scaling_assets.records.law import Law
from scaling_assets.science.comparing.effects import Effect
from scaling_assets.science.comparing.effects import slopes as slopes_of
from scaling_assets.science.fitting import Problem, point_curve
from scaling_assets.science.fitting.replicates import FEW_UNITS, WEBB

REPLICATES = 999
SIGNS = np.array([-1.0, 1.0])


@dataclass(frozen=True)
class Heterogeneity:
    """Cochran's Q over contexts, judged by Welch's F. ``i2`` is the share of Q that noise does not explain."""

    name: str
    n_contexts: int
    q: float
    f: float
    degrees: tuple[float, float]
    p_value: float
    i2: float


@dataclass(frozen=True)
class CurveTest:
    """Pooled against separate curves. ``statistic`` is None, with a reason, when nothing can be tested."""

    n_contexts: int
    statistic: float | None
    p_value: float | None
    method: str
    reason: str = ""


def heterogeneity(effects: Sequence[Effect]) -> Heterogeneity | None:
    """Test whether one number is the same in all contexts; None for fewer than two contexts.

    Q = sum w (v - m)^2 with w = 1 / se^2 (Cochran 1954, Biometrics 10). Its chi-square reference takes the
    standard errors for known; with few runs they are not, so that Q is read as Welch's (1951, Biometrika 38)
    F = Q / (k - 1) / (1 + 2 (k - 2) / (k^2 - 1) L), L = sum (1 - w / sum w)^2 / nu, on k - 1 and
    (k^2 - 1) / (3 L) degrees of freedom.
    """
    k = len(effects)
    if k < 2:
        return None
    value, se = np.array([e.value for e in effects]), np.array([e.se for e in effects])
    share = se**-2.0 / np.sum(se**-2.0)
    q = float(np.sum(((value - share @ value) / se) ** 2))
    lost = float(np.sum((1 - share) ** 2 / np.array([e.degrees for e in effects])))
    f = q / (k - 1) / (1 + 2 * (k - 2) / (k**2 - 1) * lost)
    degrees = (float(k - 1), (k**2 - 1) / (3 * lost))
    i2 = max(0.0, 1 - (k - 1) / q) if q > 0 else 0.0
    return Heterogeneity(effects[0].name, k, q, f, degrees, float(variance_ratio.sf(f, *degrees)), i2)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p values in the given order (Holm 1979, Scandinavian J. of Statistics 6)."""
    found, worst = [0.0] * len(p_values), 0.0
    for rank, at in enumerate(np.argsort(p_values, kind="stable")):
        worst = max(worst, min(1.0, (len(p_values) - rank) * p_values[at]))
        found[at] = worst
    return found


def curve_test(
    contexts: Sequence[Problem], pooled: Law, *, seed: int, replicates: int = REPLICATES
) -> CurveTest:
    """Test whether one curve serves all contexts, on the residual scale.

    The law is linearised at the pooled estimate; separate curves are the same slopes with parameters of their
    own. The statistic is the rise of the weighted residual sum of squares from separate to pooled curves,
    each context weighted by its own residual variance (Welch 1951; James 1951, Biometrika 38). Its
    distribution under one curve comes from a wild bootstrap by unit of the pooled residuals (Wu 1986, Annals
    of Statistics 14; restricted residuals: Davidson & Flachaire 2008, J. Econometrics 146), divided by 1 -
    leverage, with the weights found anew in every replicate: contexts may differ in noise.

    Args:
        contexts: one problem a context, of the same question.
        pooled: the family fitted to all contexts together.
    """
    blank = CurveTest(len(contexts), None, None, "wild bootstrap by unit of the pooled residuals")
    if len(contexts) < 2:
        return replace(blank, reason="there are fewer than two contexts")
    if not pooled.is_usable:
        return replace(
            blank, reason=f"the pooled {pooled.family} law is {pooled.status.value}: {pooled.reason}"
        )
    if not all(problem.scale.accepts(problem.y).all() for problem in contexts):
        return replace(blank, reason="some values do not exist on the residual scale")
    root = [np.sqrt(problem.known_weight) for problem in contexts]
    slopes = [slopes_of(pooled, p.x)[0] * w[:, None] for p, w in zip(contexts, root, strict=True)]
    off = [p.scale.forward(p.y) - p.scale.forward(point_curve(pooled, p.x)) for p in contexts]
    residual = np.concatenate([r * w for r, w in zip(off, root, strict=True)])
    size = float(np.max(np.abs(residual), initial=0.0))
    if not np.isfinite(size) or not all(np.isfinite(slope).all() for slope in slopes):
        return replace(blank, reason="the pooled curve or its slopes are no finite numbers")
    residual = residual / (size or 1.0)
    slopes = _in_units(slopes)
    wide = np.linalg.matrix_rank(np.concatenate(slopes))
    poor = [
        p for p, s in zip(contexts, slopes, strict=True) if len(s) <= wide or np.linalg.matrix_rank(s) < wide
    ]
    if poor:
        names = "; ".join(", ".join(map(str, p.group.values())) for p in poor)
        return replace(blank, reason=f"too few points or scales for a curve of its own: {names}")
    every, _ = np.linalg.qr(np.concatenate(slopes))
    residual = residual - every @ (every.T @ residual)
    if not size * np.max(np.abs(residual)) > 1e-12 * max(1.0, _largest(contexts)):
        return replace(blank, reason="the pooled curve meets every point: there is no noise to test against")
    spread = residual / np.maximum(1 - np.sum(every**2, axis=1), 0.2)
    units, unit = np.unique(np.concatenate([p.unit.astype(str) for p in contexts]), return_inverse=True)
    rng = np.random.default_rng(seed)
    shock = rng.choice(WEBB if len(units) < FEW_UNITS else SIGNS, size=(replicates, len(units)))[:, unit]
    seen = float(_rise(residual[None], slopes)[0])
    p_value = (1 + int(np.sum(_rise(spread * shock, slopes) >= seen))) / (replicates + 1)
    method = f"{blank.method}, {replicates} replicates, {len(units)} units"
    return CurveTest(len(contexts), seen, p_value, method)


def _in_units(slopes: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Slopes in units of their largest, so that squares of them are numbers whatever the unit of y."""
    largest = np.max([np.max(np.abs(slope), axis=0) for slope in slopes], axis=0)
    return [slope / np.where(largest > 0, largest, 1.0) for slope in slopes]


def _largest(contexts: Sequence[Problem]) -> float:
    return max(float(np.max(np.abs(p.scale.forward(p.y)))) for p in contexts)


def _rise(residuals: np.ndarray, slopes: Sequence[np.ndarray]) -> np.ndarray:
    """Rise of the weighted sum of squares from separate to pooled curves, (B,), for residuals (B, n)."""
    p = slopes[0].shape[1]
    normal, moment, explained = np.zeros((len(residuals), p, p)), np.zeros((len(residuals), p)), 0.0
    start = 0
    for slope in slopes:
        mine = residuals[:, start : start + len(slope)]
        start += len(slope)
        basis, _ = np.linalg.qr(slope)
        inside = np.sum((mine @ basis) ** 2, axis=1)
        rest = np.maximum(np.sum(mine**2, axis=1) - inside, 1e-300)
        weight = (len(slope) - p) / rest
        normal += weight[:, None, None] * (slope.T @ slope)
        moment += weight[:, None] * (mine @ slope)
        explained = explained + weight * inside
    common = np.linalg.solve(normal, moment[..., None])[..., 0]
    return np.asarray(explained - np.sum(common * moment, axis=1))
