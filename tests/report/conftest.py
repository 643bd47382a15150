"""Planted experiments, really fitted: what the report is shown in these tests."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import Law
from scaling_assets.records.trial import trial_columns
from scaling_assets.science.fitting.fit import fit
from scaling_assets.science.fitting.problem import problems_of
from scaling_assets.science.synthetic import simulate_values

SIZES = (1, 2, 5, 10, 20, 50, 100)
NASTY = 'a|b <script>alert("x")</script> `c` $d$ [e](http://f.example)'


@dataclass(frozen=True, eq=False)
class Planted:
    experiment: Experiment
    trials: pd.DataFrame
    laws: list[Law]

    @property
    def leading(self) -> Law:
        return next(law for law in self.laws if law.is_leading)


def trial_frame(
    experiment: Experiment, metric: str, cells: dict[str, np.ndarray], values: np.ndarray
) -> pd.DataFrame:
    n = len(values)
    frame = pd.DataFrame({name: [None] * n for name in trial_columns(experiment)})
    frame["metric"], frame["value"], frame["n"] = metric, values, 1
    frame["unit"] = [f"r{i}" for i in range(n)]
    frame["seed"] = pd.array([None] * n, dtype="Int64")
    frame["is_simulated"] = experiment.is_simulated
    for name in ("sd", "numerator", "denominator"):
        frame[name] = np.nan
    for name, column in cells.items():
        frame[name] = column
    return frame


def planted(
    segment: tuple[str, ...] = (), families: tuple[str, ...] = ("power", "constant"), **changes
) -> Planted:
    declared = {
        "name": "locality",
        "title": "Locality scaling",
        "hypothesis": "Work grows with what changes",
        "mode": "simulated",
        "dimensions": [{"name": "elements", "unit": "elements", "targets": [150, 5000]}],
        "metrics": [{"name": "regen_ms", "unit": "ms", "direction": "lower"}],
        "context": [{"name": "project"}],
        "laws": [
            {
                "metric": "regen_ms",
                "by": ["elements"],
                "families": families,
                "segment": segment,
                "bootstrap": 100,
            }
        ],
        **changes,
    }
    experiment = Experiment.model_validate(declared)
    rng = np.random.default_rng(7)
    x = np.repeat(np.array(SIZES, dtype=float), 8)
    values = simulate_values("power", {"a": 1.05, "b": 0.35}, x[:, None], 0.05, rng)
    projects = np.array(["alpha", NASTY] * (len(x) // 2), dtype=object)
    trials = trial_frame(experiment, "regen_ms", {"elements": x, "project": projects}, values)
    return Planted(experiment, trials, fit(problems_of(experiment, trials)))


@pytest.fixture(scope="session")
def locality() -> Planted:
    return planted()


@pytest.fixture(scope="session")
def by_project() -> Planted:
    return planted(segment=("project",), families=("power",))


@pytest.fixture(scope="session")
def too_thin() -> Planted:
    """Two scales where a power law needs three: a law that cannot be used."""
    experiment = planted().experiment
    x = np.repeat([1.0, 10.0], 5)
    trials = trial_frame(experiment, "regen_ms", {"elements": x, "project": "alpha"}, 1.05 * x**0.35)
    laws = [law for law in fit(problems_of(experiment, trials)) if law.family == "power"]
    return Planted(experiment, trials, laws)


@pytest.fixture(scope="session")
def two_axes() -> Planted:
    experiment = Experiment.model_validate(
        {
            "name": "training",
            "title": "Loss by parameters and tokens",
            "mode": "measured",
            "dimensions": [{"name": "parameters", "unit": "1"}, {"name": "tokens", "unit": "1"}],
            "metrics": [{"name": "loss", "unit": "nats", "direction": "lower"}],
            "laws": [
                {
                    "metric": "loss",
                    "by": ["parameters", "tokens"],
                    "families": ["chinchilla"],
                    "bootstrap": 50,
                }
            ],
        }
    )
    n, d = (part.ravel() for part in np.meshgrid(np.geomspace(1e8, 1e10, 6), np.geomspace(3e9, 3e11, 6)))
    truth = {"E": 1.8, "A": 480.0, "B": 2085.0, "alpha": 0.348, "beta": 0.366}
    values = simulate_values("chinchilla", truth, np.column_stack([n, d]), 0.003, np.random.default_rng(3))
    trials = trial_frame(experiment, "loss", {"parameters": n, "tokens": d}, values)
    return Planted(experiment, trials, fit(problems_of(experiment, trials)))
