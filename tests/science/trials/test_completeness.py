import pandas as pd
import pytest

from scaling_assets.records.experiment import Experiment
from scaling_assets.science.trials import completeness, derive
from tests.science.trials.sums import unit_sums


def factorial(**changes: object) -> Experiment:
    declared = {
        "name": "abc", "title": "A/B/C", "mode": "measured",
        "dimensions": [{"name": "bundles", "values": [10]}],
        "conditions": ["a", "b", "c"], "seeds": [42, 123, 456], "unit": ["condition", "seed"],
        "metrics": [{"name": "top1"}, {"name": "extra", "required": False}],
    }  # fmt: skip
    return Experiment.model_validate(declared | changes)


def nine_runs() -> pd.DataFrame:
    cells = [(c, s) for c in "abc" for s in (42, 123, 456)]
    return pd.DataFrame(
        [{"unit": f"{c}/{s}", "condition": c, "seed": s, "bundles": 10.0, "top1": 0.4, "extra": None}
         for c, s in cells]
    )  # fmt: skip


def table(declared: Experiment, raw: pd.DataFrame) -> pd.DataFrame:
    return completeness(declared, derive(declared, unit_sums(declared, raw)))


def test_full_factorial_is_complete():
    found = table(factorial(), nine_runs())
    assert len(found) == 9 and list(found.columns) == [
        "bundles",
        "condition",
        "seed",
        "planned",
        "found",
        "missing",
    ]
    assert found["missing"].sum() == 0


def test_a_missing_run_is_named():
    raw = nine_runs()
    found = table(factorial(), raw[raw["unit"] != "b/123"])
    short = found[found["missing"] > 0]
    assert short[["condition", "seed", "missing"]].values.tolist() == [["b", 123, 1]]


def test_a_run_without_a_required_value_is_missing():
    raw = nine_runs()
    raw.loc[raw["unit"] == "c/42", "top1"] = None
    assert table(factorial(), raw)["missing"].sum() == 1


@pytest.mark.parametrize(("planned", "missing"), [(None, 0), (1, 0), (2, 3)])
def test_runs_per_cell_are_counted(planned, missing):
    declared = factorial(seeds=(), runs_per_cell=planned, unit=("seed",), conditions=())
    raw = nine_runs().assign(condition=None, unit=lambda d: d["seed"].astype(str))
    declared = declared.model_copy(update={"dimensions": factorial().dimensions})
    found = table(declared, raw.drop_duplicates("unit").iloc[:1] if planned == 2 else raw)
    assert found["missing"].sum() == (1 if planned == 2 else missing)


def test_nothing_planned_gives_no_lines():
    declared = factorial(seeds=(), conditions=(), dimensions=[{"name": "bundles"}])
    assert len(table(declared, nine_runs())) == 0
