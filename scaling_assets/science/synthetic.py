"""Planted truths: values from a known law, for simulated sweeps, tests and benchmarks.

What belongs here: drawing noisy values around a family's curve. What does not: designs, rows, files.
"""

from collections.abc import Mapping

import numpy as np

from scaling_assets.errors import UnknownName
from scaling_assets.science.laws import FAMILIES


def simulate_values(
    family: str,
    parameters: Mapping[str, float],
    x: np.ndarray,
    noise: float,
    rng: np.random.Generator,
    residuals: str = "log",
) -> np.ndarray:
    """Values (n,) of the family's curve at x (n, k), with normal noise on the residual scale.

    Args:
        noise: standard deviation on the scale named by ``residuals`` ("log": 0.05 is about 5 percent).

    Raises:
        UnknownName: there is no such family, parameter or residual scale.
    """
    if family not in FAMILIES:
        raise UnknownName(kind="law family", name=family, known=", ".join(FAMILIES))
    law = FAMILIES[family]
    wrong = sorted(set(law.names) ^ set(parameters))
    if wrong:
        raise UnknownName(
            kind=f"parameter of the {family} law", name=", ".join(wrong), known=", ".join(law.names)
        )
    y = law.curve(np.array([parameters[n] for n in law.names], dtype=float), np.asarray(x, dtype=float))
    shock = noise * rng.standard_normal(len(y))
    if residuals == "log":
        return y * np.exp(shock)
    if residuals == "logit":
        inside = np.clip(y, 1e-9, 1.0 - 1e-9)
        return 1.0 / (1.0 + (1.0 - inside) / inside * np.exp(-shock))
    if residuals == "identity":
        return y + shock
    raise UnknownName(kind="residual scale", name=residuals, known="log, logit, identity")
