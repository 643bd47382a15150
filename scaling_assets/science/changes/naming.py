"""Which part of a law changed: nested models of one step of all its parts.

What belongs here: the step of a vector of parts told as the change of one of them, or of two, or of several.
What does not: finding the step (``segments``), words for people (``report``).

A change of the exponent moves the level as well, unless the curve turns about the very middle of the data; a
shift of the whole curve moves the floor with it. Parts are therefore not judged one by one: each simple change
is a direction in the space of all parts, and a step d with covariance V is held against each (generalised
least squares; the residual is F on q - 1 and nu degrees of freedom). A shift of the whole curve is the simplest
change: it is given up only when the step is too far from it. A change of the exponent that leaves the value at
x = 1 as it is looks like a shift where the data lie far from 1, and would often fit a true shift better by
chance. Then the shape parameter that fits best names the change; where none fits, two parts together do, or
"several parts".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.stats import f as variance_ratio
from scipy.stats import t as student

from scaling_assets.science.changes.segments import Step

TOO_FAR = (
    0.01  # chance, if a direction is right, of a step as far from it: below it, the direction is given up
)
SEVERAL = "several parts"
LEVEL = "level"


@dataclass(frozen=True)
class Direction:
    """What one simple change does to the parts (q,); ``part`` names what changes, ``words`` how."""

    part: str
    words: str
    vector: np.ndarray


@dataclass(frozen=True)
class Named:
    """What changed. ``parts`` is empty for several; ``p_value``: a step as far from that, if it is right.

    ``also`` are other single changes that the data cannot tell from it.
    """

    parts: tuple[str, ...]
    words: str
    p_value: float
    also: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """``level``, ``exponent``, ``level and exponent`` ..."""
        return " and ".join(self.parts) or SEVERAL


def named(step: Step, directions: Sequence[Direction]) -> Named:
    """The simplest change that the step agrees with.

    Args:
        directions: the simplest one first: it names the change wherever it may be right.
    """
    seen = [(_agreement(step, [d]), d) for d in directions]
    best, direction = seen[0] if seen[0][0] >= TOO_FAR else max(seen, key=lambda pair: pair[0])
    if best >= TOO_FAR:
        also = tuple(dict.fromkeys(d.part for p, d in seen if p >= TOO_FAR and d.part != direction.part))
        return Named((direction.part,), direction.words, best, also)
    pairs = [
        (_agreement(step, pair), tuple(dict.fromkeys(d.part for d in pair)))
        for pair in combinations(directions, 2)
        if pair[0].part != pair[1].part
    ]
    p, parts = max(pairs, default=(0.0, ()))
    return Named(parts, "", p) if p >= TOO_FAR else Named((), "", 0.0)


def intervals(step: Step, level: float) -> list[tuple[float, float, float]]:
    """(low, high, p) of each part's difference by itself, by Student's t at the place found."""
    reach = float(student.ppf(0.5 + level / 2, step.degrees)) * step.se
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.abs(step.difference) / step.se
    p = 2 * student.sf(np.where(np.isnan(ratio), 0.0, ratio), step.degrees)
    return [
        (float(d - r), float(d + r), float(one)) for d, r, one in zip(step.difference, reach, p, strict=True)
    ]


def _agreement(step: Step, directions: Sequence[Direction]) -> float:
    """The chance of a step as far from these directions' span, if it lies in it."""
    q = len(step.difference)
    scale = np.where(step.se > 0, step.se, 1e-300)
    wanted = np.stack([d.vector for d in directions], axis=1) / scale[:, None]
    seen = step.difference / scale
    size = np.sqrt(np.sum(wanted**2, axis=0))
    values, vectors = np.linalg.eigh(step.correlation)
    whiten = vectors / np.sqrt(np.maximum(values, 1e-9))  # (q, q): parts that move as one have no inverse
    x, y = whiten.T @ (wanted / np.where(size > 0, size, 1.0)), whiten.T @ seen
    basis, _ = np.linalg.qr(x)
    left = y - basis @ (basis.T @ y)
    rank = int(np.linalg.matrix_rank(x))
    if q <= rank:
        return 1.0
    return float(variance_ratio.sf(float(left @ left) / (q - rank), q - rank, step.degrees))
