"""Random problems: for each family the box that true parameters are drawn from, and the designs.

What belongs here: draws. What does not: fits. Boxes are stated relative to the design (its geometric mean, width),
so that every truth shows itself within the measured range.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scaling_assets.science.laws import FAMILIES

Draw = Callable[[np.random.Generator, np.ndarray], dict[str, float]]


@dataclass(frozen=True, eq=False)
class Planted:
    """Points x (n, k), y (n,), and the parameters (p,) they were drawn around."""

    x: np.ndarray
    y: np.ndarray
    truth: np.ndarray


@dataclass(frozen=True)
class Box:
    """How a family's problems are drawn: number of levels, width of the design in ln x, parameters."""

    draw: Draw
    levels: tuple[int, int] = (6, 12)
    width: tuple[float, float] = (1.5, 7.0)
    is_counted: bool = False  # x are whole numbers from 1 on


def _uniform_log(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _middle(x: np.ndarray) -> float:
    return float(np.exp(np.log(x).mean()))


def _power(rng: np.random.Generator, x: np.ndarray) -> dict[str, float]:
    b = rng.uniform(-1.5, 1.5)
    return {"a": _uniform_log(rng, 0.1, 20.0) * _middle(x) ** -b, "b": b}


def _power_floor(rng: np.random.Generator, x: np.ndarray) -> dict[str, float]:
    b = rng.uniform(0.05, 1.5)
    return {"E": rng.uniform(0.0, 3.0), "a": _uniform_log(rng, 0.4, 7.0) * _middle(x) ** b, "b": b}


def _usl(rng: np.random.Generator, x: np.ndarray) -> dict[str, float]:
    return {
        "gamma": _uniform_log(rng, 1.0, 1000.0),
        "sigma": _uniform_log(rng, 0.0025, 0.37),
        "kappa": _uniform_log(rng, 6e-6, 0.018),
    }


BOXES: dict[str, Box] = {
    "power": Box(_power),
    "power_floor": Box(_power_floor),
    "usl": Box(_usl, is_counted=True),
}


def problem(family: str, rng: np.random.Generator) -> Planted:
    """A random design, truth and noise: sd of ln y log-uniform between 0.1 % and 10 %."""
    box = BOXES[family]
    x = _counted(box, rng) if box.is_counted else _spread(box, rng)
    named = box.draw(rng, x)
    truth = np.array([named[name] for name in FAMILIES[family].names])
    noise = _uniform_log(rng, 1e-3, 1e-1)
    y = FAMILIES[family].curve(truth, x[:, None]) * np.exp(noise * rng.standard_normal(len(x)))
    return Planted(x[:, None], y, truth)


def other_truth(family: str, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Parameters (p,) drawn from the same box for the same design: a start that knows nothing of y."""
    named = BOXES[family].draw(rng, x[:, 0])
    return np.array([named[name] for name in FAMILIES[family].names])


def _spread(box: Box, rng: np.random.Generator) -> np.ndarray:
    n = int(rng.integers(box.levels[0], box.levels[1] + 1))
    return np.exp(np.sort(rng.uniform(0.0, 3.0) + rng.uniform(*box.width) * rng.random(n)))


def _counted(box: Box, rng: np.random.Generator) -> np.ndarray:
    n = int(rng.integers(box.levels[0], box.levels[1] + 1))
    return np.unique(np.round(np.geomspace(1, rng.integers(16, 512), n))).astype(float)


def chinchilla(rng: np.random.Generator) -> Planted:
    """15 to 249 points, noise of ln y .1 to 5 %, 5 % of points eight times as noisy, no floor in 10 % of problems."""
    n = int(rng.integers(15, 250))
    size = 10 ** (rng.uniform(6, 9) + rng.uniform(1, 3) * rng.random(n))
    data = 10 ** (rng.uniform(8, 10) + rng.uniform(1, 3) * rng.random(n))
    alpha, beta = rng.uniform(0.1, 0.9, 2)
    floor = rng.uniform(0.0, 3.0) * (rng.random() > 0.1)
    a, b = _uniform_log(rng, 0.03, 3.0), _uniform_log(rng, 0.03, 3.0)
    truth = np.array([a * _middle(size) ** alpha, b * _middle(data) ** beta, floor, alpha, beta])
    x = np.stack([size, data], axis=1)
    noise = 10 ** rng.uniform(-3.0, -1.3) * rng.standard_normal(n) * np.where(rng.random(n) < 0.05, 8.0, 1.0)
    return Planted(x, FAMILIES["chinchilla"].curve(truth, x) * np.exp(noise), truth)
