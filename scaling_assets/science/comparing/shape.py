"""Do the data rise and fall? Told from cell means and the noise of cells, before any law is believed.

What belongs here: the test of monotony and where the turn is. What does not: the misfit of a fitted law
(``fitting.evidence``).
"""

from dataclasses import dataclass, replace

import numpy as np

from scaling_assets.records.law import Law
from scaling_assets.science.fitting import Problem, point_curve

LEAST_CELLS = 3
LEAST_DEGREES = 3  # of the noise of cells
SAMPLES = 4_000
EXACT = 1e-12  # relative: less is rounding
LOOKED_AT = 200  # points at which a curve is looked at for a turn


@dataclass(frozen=True)
class Turn:
    """The most significant rise and fall: from which x to which, how large on the residual scale, how sure.

    ``p_value`` is that of both together: a monotone truth gives a smaller one with that probability at most.
    None, with a reason, when nothing can be tested.
    """

    p_value: float | None
    rise: tuple[float, float]
    rise_size: float
    p_rise: float
    fall: tuple[float, float]
    fall_size: float
    p_fall: float
    method: str
    reason: str = ""

    def is_significant(self, alpha: float) -> bool:
        """True when the data are shown not to be monotone."""
        return self.p_value is not None and self.p_value <= alpha

    @property
    def words(self) -> str:
        """The turn for a sentence, the earlier part first."""
        parts = sorted([("rises", self.rise), ("falls", self.fall)], key=lambda part: part[1])
        return ", then ".join(f"{verb} from {a:g} to {b:g}" for verb, (a, b) in parts)


def turn(problem: Problem, *, seed: int, samples: int = SAMPLES) -> Turn:
    """Test whether values both rise and fall along a single axis.

    The largest studentised rise and the largest fall between any two cells (later minus earlier mean) are each
    held against their distribution when all cells are equal, by simulation with these cell sizes: the least
    favourable of all monotone truths in the other direction. Non-monotone needs both, so the larger p counts
    and needs no further correction (intersection-union test: Berger 1982, Technometrics 24). Noise is pooled
    within cells; without replicates it comes from each inner mean against its neighbours (Gasser, Sroka &
    Jennen-Steinmetz 1986, Biometrika 73), which a steep or bent curve makes too large, never too small.
    """
    nothing = (float("nan"), float("nan"))
    blank = Turn(None, nothing, 0.0, 1.0, nothing, 0.0, 1.0, "none")
    if problem.x.shape[1] != 1:
        return _because(blank, "there is more than one axis")
    if not problem.scale.accepts(problem.y).all() or not np.isfinite(problem.x).all():
        return _because(blank, "some values do not exist on the residual scale")
    cells, cell = np.unique(problem.x[:, 0], return_inverse=True)
    if len(cells) < LEAST_CELLS:
        return _because(blank, f"{len(cells)} distinct x: a turn needs {LEAST_CELLS}")
    value = problem.scale.forward(problem.y)
    unit = float(np.max(np.abs(value))) or 1.0
    value = value / unit
    size = np.bincount(cell).astype(float)
    mean = np.bincount(cell, weights=value) / size
    within, degrees = float(np.sum((value - mean[cell]) ** 2)), len(value) - len(cells)
    rng = np.random.default_rng(seed)
    null = rng.standard_normal((samples, len(cells))) / np.sqrt(size)
    if degrees >= LEAST_DEGREES:
        noise = np.sqrt(within / degrees)
        scale = np.sqrt(rng.chisquare(degrees, samples) / degrees)
        method = f"largest rise and fall between cells, noise within cells ({degrees} degrees of freedom)"
    elif len(cells) >= 2 + LEAST_DEGREES:
        noise, scale = _rough(cells, mean, size), _rough(cells, null, size)
        method = "largest rise and fall between cells, noise from neighbouring cells (no replicates)"
    else:
        return _because(blank, "neither replicates nor enough cells to know the noise from")
    if not noise > EXACT:
        return _because(blank, "values are without noise: nothing to test against")
    up, rise, p_rise = _largest(mean / noise, null / scale[:, None], size)
    down, fall, p_fall = _largest(-mean / noise, -null / scale[:, None], size)
    return Turn(
        max(p_rise, p_fall),
        (float(cells[up[0]]), float(cells[up[1]])),
        rise * float(noise) * unit,
        p_rise,
        (float(cells[down[0]]), float(cells[down[1]])),
        -fall * float(noise) * unit,
        p_fall,
        method,
    )


def can_turn(law: Law) -> bool:
    """True when the fitted curve itself rises and falls within the data: it may stand for data that do."""
    if not law.is_usable or len(law.axes) != 1:
        return False
    low, high = law.domain[0]
    x = np.geomspace(low, high, LOOKED_AT) if low > 0 else np.linspace(low, high, LOOKED_AT)
    change = np.diff(point_curve(law, x[:, None]))
    small = 1e-9 * np.max(np.abs(change), initial=0.0)
    return bool((change > small).any() and (change < -small).any())


def _because(blank: Turn, reason: str) -> Turn:
    return replace(blank, reason=reason)


def _rough(cells: np.ndarray, mean: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Standard deviation of a value, from how far each inner mean (..., m) is off its neighbours' line."""
    left, right = cells[1:-1] - cells[:-2], cells[2:] - cells[1:-1]
    if cells[0] > 0:
        left, right = np.log(cells[1:-1] / cells[:-2]), np.log(cells[2:] / cells[1:-1])
    a, b = right / (left + right), left / (left + right)
    off = a * mean[..., :-2] + b * mean[..., 2:] - mean[..., 1:-1]
    spread = a**2 / size[:-2] + b**2 / size[2:] + 1 / size[1:-1]
    return np.asarray(np.sqrt(np.mean(off**2 / spread, axis=-1)))


def _largest(mean: np.ndarray, null: np.ndarray, size: np.ndarray) -> tuple[tuple[int, int], float, float]:
    """The pair i < j with the largest studentised (mean_j - mean_i), that difference, and its p value."""
    first, last = np.triu_indices(len(mean), 1)
    error = np.sqrt(1 / size[first] + 1 / size[last])
    seen = (mean[last] - mean[first]) / error
    at = int(np.argmax(seen))
    most = np.full(len(null), -np.inf)
    for i, j, e in zip(
        first, last, error, strict=True
    ):  # pair by pair: all at once is samples x pairs numbers
        most = np.maximum(most, (null[:, j] - null[:, i]) / e)
    p_value = (1 + int(np.sum(most >= seen[at]))) / (len(null) + 1)
    return (int(first[at]), int(last[at])), float(mean[last[at]] - mean[first[at]]), p_value
