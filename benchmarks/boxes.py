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


def _shifted_power(rng: np.random.Generator, x: np.ndarray) -> dict[str, float]:
    b, s = rng.uniform(0.05, 1.5), _uniform_log(rng, x[0], _middle(x))
    reducible = _uniform_log(rng, 0.4, 7.0) * ((_middle(x) + s) / (1.0 + s)) ** b
    return {"E": rng.uniform(0.0, 3.0), "a": reducible, "b": b, "s": s}


def _saturating_exponential(rng: np.random.Generator, x: np.ndarray) -> dict[str, float]:
    c, k = rng.uniform(0.5, 5.0), _uniform_log(rng, 0.5, 12.0) / float(np.ptp(x))
    change = c * (rng.uniform(0.05, 3.0) if rng.random() < 0.5 else -rng.uniform(0.05, 0.95))
    return {"c": c, "a": change * float(np.exp(k * x[0])), "k": k}


def _hill(rng: np.random.Generator, x: np.ndarray) -> dict[str, float]:
    return {"hi": _uniform_log(rng, 0.5, 20.0), "x0": _inside(rng, x, 0.1), "h": _steepness(rng, x)}


def _log_sigmoid(rng: np.random.Generator, x: np.ndarray) -> dict[str, float]:
    ends = _uniform_log(rng, 0.3, 3.0) * np.array([1.0, 1.0 + rng.uniform(0.2, 5.0)])
    lo, hi = ends if rng.random() < 0.5 else ends[::-1]
    return {"lo": float(lo), "hi": float(hi), "x0": _inside(rng, x, 0.1), "k": _steepness(rng, x)}


def _saturating_power(rng: np.random.Generator, x: np.ndarray) -> dict[str, float]:
    floor, k, b = rng.uniform(0.02, 0.3), _uniform_log(rng, 0.3, 3.0), rng.uniform(0.1, 1.2)
    w = rng.uniform(0.2, 0.8)  # the share still to be learnt in the middle of the range
    a = w / (1.0 - w) ** k * _middle(x) ** b
    return {"E": floor, "y0": floor + rng.uniform(0.3, 1.0), "k": k, "a": a, "b": b}


def _broken_power(rng: np.random.Generator, x: np.ndarray) -> dict[str, float]:
    c0 = rng.uniform(0.0, 0.4)
    return {
        "a": rng.uniform(0.0, 1.0), "b": _uniform_log(rng, 0.4, 2.7) * float(x[0]) ** c0, "c0": c0,
        "c1": rng.uniform(0.1, 1.2), "d1": _inside(rng, x, 0.25), "f1": rng.uniform(0.05, 0.6),
    }  # fmt: skip


def _inside(rng: np.random.Generator, x: np.ndarray, margin: float) -> float:
    """A place in the measured range, at least this share of it away from either end, on the log axis."""
    low, width = float(np.log(x[0])), float(np.ptp(np.log(x)))
    return float(np.exp(low + width * rng.uniform(margin, 1.0 - margin)))


def _steepness(rng: np.random.Generator, x: np.ndarray) -> float:
    return float(rng.uniform(2.0, 24.0) / np.ptp(np.log(x)))


BOXES: dict[str, Box] = {
    "power": Box(_power),
    "power_floor": Box(_power_floor),
    "shifted_power": Box(_shifted_power),
    "saturating_exponential": Box(_saturating_exponential),
    "hill": Box(_hill),
    "log_sigmoid": Box(_log_sigmoid),
    "usl": Box(_usl, is_counted=True),
    "saturating_power": Box(_saturating_power),
    "broken_power_1": Box(_broken_power, levels=(24, 36), width=(5.0, 10.0)),
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
