"""Trials of planted histories, and the experiment that watches them."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from scaling_assets.records.experiment import Experiment

SIZES = tuple(np.geomspace(1e3, 10**5.5, 6))


def watching(families: Sequence[str] = ("power",), looks: str = "once", **rule: object) -> Experiment:
    changes = {"by": "commit", "hardware": "host", "looks": looks, **rule}
    return Experiment.model_validate(
        {
            "name": "engine",
            "title": "Engine",
            "mode": "measured",
            "dimensions": [{"name": "items", "unit": "items"}],
            "metrics": [{"name": "ms", "unit": "ms", "direction": "lower", "lower": 0}],
            "context": [{"name": "commit"}, {"name": "host"}, {"name": "build"}],
            "laws": [{"metric": "ms", "by": ["items"], "families": list(families), "changes": changes}],
        }
    )


def history(
    truth: Callable[[int, float], float], points: int, *, seed: int = 0, noise: float = 0.04, runs: int = 3,
    sizes: Sequence[float] = SIZES, host: str = "a", names: Callable[[int], str] = "c{}".format,
) -> pd.DataFrame:  # fmt: skip
    rng = np.random.default_rng(seed)
    rows = [
        {
            "unit": f"{host}-{names(c)}-{x:g}-{r}", "commit": names(c), "host": host, "build": str(c), "items": x,
            "value": truth(c, x) * float(np.exp(noise * rng.standard_normal())),
        }
        for c in range(points)
        for x in sizes
        for r in range(runs)
    ]  # fmt: skip
    return pd.DataFrame(rows).assign(
        metric="ms", seed=None, condition=None, is_simulated=False, n=1, sd=np.nan, numerator=np.nan,
        denominator=np.nan, sample=None,
    )  # fmt: skip
