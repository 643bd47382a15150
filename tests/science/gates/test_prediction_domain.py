"""A law that leaves what its metric can be proves nothing there."""

import numpy as np
import pandas as pd
import pytest

from scaling_assets.records.verdict import Outcome
from tests.science.gates.lab import experiment, rows, verdicts


@pytest.mark.parametrize(("operator", "limit"), [("<", 0.001), (">", -50.0), ("within", [-100.0, 0.0])])
def test_a_line_below_zero_proves_nothing(operator, limit):
    raw: pd.DataFrame = rows(5)
    noise = raw.groupby("unit")["regen"].transform("first") / (1.05 * raw["size"] ** 0.35)
    raw["regen"] = (130 - raw["size"]) * noise
    gate = {
        "kind": "prediction", "metric": "regen_ms", "family": "linear", "at": {"size": 190},
        "operator": operator, "threshold": limit,
    }  # fmt: skip
    declared = experiment(g=gate).model_dump(exclude_unset=True)
    declared["laws"] = [{**declared["laws"][0], "families": ["linear"], "declared": None}]
    (found,) = verdicts(type(experiment()).model_validate(declared), raw)
    assert found.outcome is Outcome.INSUFFICIENT_DATA
    assert "outside what the metric can be" in found.reason
    assert np.isnan(found.low or np.nan)
    assert "family that stays inside" in found.remedy


@pytest.mark.parametrize(("operator", "limit"), [("<", 4), ("within", [-1e6, 1e6])])
def test_a_law_that_misses_its_cells_proves_nothing_outside_them(operator, limit):
    raw = rows(5)
    noise = raw.groupby("unit")["regen"].transform("first") / (1.05 * raw["size"] ** 0.35)
    raw["regen"] = (1 + (np.log(raw["size"]) - 2.4) ** 2) * noise
    gate = {
        "kind": "prediction",
        "metric": "regen_ms",
        "at": {"size": 190},
        "operator": operator,
        "threshold": limit,
    }
    (found,) = verdicts(experiment(g=gate), raw)
    assert found.outcome is Outcome.INSUFFICIENT_DATA
    assert "the power law misses the cells by more than their own noise (lack-of-fit p = " in found.reason
    assert found.remedy.startswith("Declare a family that can follow the data")
