"""Rows reduced to units: against pandas as the second path, on either database."""

import numpy as np
import pandas as pd
import pytest

from scaling_assets.errors import DeclarationProblem
from scaling_assets.records.trial import MAX_SAMPLE
from scaling_assets.store import DuckDBStore, Store, reduction
from tests.store import made

COLUMNS = ["metric", "unit", "seed", "elements", "project", "condition", "is_simulated", "n", "mean", "sd",
           "numerator", "denominator", "sample"]  # fmt: skip


@pytest.fixture
def landed(store: Store) -> pd.DataFrame:
    """Fifty rows with holes in the values."""
    frame = made.rows(50)
    rng = np.random.default_rng(7)
    frame["overrides"] = pd.array(rng.integers(0, 4, 50), dtype="Int64")
    frame.loc[[3, 4, 5, 7], "regen_ms"] = np.nan
    frame.loc[8, "overrides"] = pd.NA
    frame.loc[20:, "condition"] = None
    store.declare(made.experiment())
    store.append(made.source(frame))
    return frame


def keyed(frame: pd.DataFrame) -> pd.core.groupby.DataFrameGroupBy:
    return frame.groupby(["run_id", "elements", frame["condition"].fillna("-")])


def test_means_agree_with_pandas(store: Store, landed: pd.DataFrame) -> None:
    sums = store.unit_sums(made.experiment())
    assert list(sums.columns) == COLUMNS
    for metric, values in (
        ("regen_ms", landed["regen_ms"]),
        ("tvc_ms", landed["commit_ms"] + landed["regen_ms"]),
    ):
        expected = keyed(landed.assign(v=values))["v"].agg(["count", "mean", "std"])
        expected = expected[expected["count"] > 0]
        got = sums[sums["metric"] == metric]
        got = (
            got.assign(condition=got["condition"].fillna("-"))
            .set_index(["unit", "elements", "condition"])
            .sort_index()
        )
        assert got["n"].tolist() == expected["count"].tolist()
        np.testing.assert_allclose(got["mean"], expected["mean"], rtol=1e-14)
        np.testing.assert_allclose(got["sd"], expected["std"], rtol=1e-12)
        assert got[["numerator", "denominator"]].isna().all(axis=None) and set(got["sample"]) == {None}
    assert "r1" not in set(sums.loc[sums["metric"] == "regen_ms", "unit"])  # no row of it has a value


def test_sums_agree_with_pandas(store: Store, landed: pd.DataFrame) -> None:
    sums = store.unit_sums(made.experiment())
    both = landed[landed["overrides"].notna()]
    for metric, above, below in (
        ("override_rate", both["overrides"], both["operations"]),
        ("rework", 5 * both["overrides"], both["operations"]),
        ("ok_rate", landed["is_ok"].astype(int), landed["is_ok"] * 0 + 1),
    ):
        chosen = landed if metric == "ok_rate" else both
        expected = keyed(chosen.assign(above=above.astype(float), below=below.astype(float)))[
            ["above", "below"]
        ].sum()
        got = sums[sums["metric"] == metric]
        got = (
            got.assign(condition=got["condition"].fillna("-"))
            .set_index(["unit", "elements", "condition"])
            .sort_index()
        )
        assert got["numerator"].tolist() == expected["above"].tolist(), metric
        assert got["denominator"].tolist() == expected["below"].tolist(), metric
        assert got[["mean", "sd"]].isna().all(axis=None)


def test_samples_are_the_sorted_values(store: Store, landed: pd.DataFrame) -> None:
    sums = store.unit_sums(made.experiment())
    got = sums[sums["metric"] == "regen_p95_ms"]
    expected = keyed(landed)["regen_ms"].apply(lambda v: sorted(v.dropna())).tolist()
    assert sorted(got["sample"].tolist()) == sorted(v for v in expected if v)
    assert got["n"].tolist() == [len(v) for v in got["sample"]]


@pytest.mark.parametrize("n", [1, 2, MAX_SAMPLE, MAX_SAMPLE + 1, 2500, 7919])
def test_long_samples_keep_equally_spaced_order_statistics(store: Store, n: int) -> None:
    declared = made.experiment(
        metrics=[{"name": "p50", "kind": "quantile", "q": 0.5, "formula": "commit_ms"}], rules=[]
    )
    store.declare(declared)
    frame = made.rows(n).assign(
        run_id="r", elements=1.0, commit_ms=np.random.default_rng(3).permutation(n) * 1.0
    )
    store.append(made.source(frame.drop(columns="regen_ms")))
    [line] = store.unit_sums(declared).to_dict("records")
    kept = min(n, MAX_SAMPLE)
    ranks = [float(np.floor(i * (n - 1) / max(kept - 1, 1) + 0.5)) for i in range(kept)]
    assert line["n"] == n and line["sample"] == ranks


def test_units_of_several_columns_read_the_same_everywhere(store: Store) -> None:
    declared = made.experiment(unit=["run_id", "elements", "step", "project", "observed_at", "is_ok"], rules=[],
                               metrics=[{"name": "regen_ms"}])  # fmt: skip
    store.declare(declared)
    store.append(made.source(made.rows(1).assign(project=None, elements=2.5)))
    store.append(made.source(made.rows(1, first=5), "b.jsonl"))
    assert sorted(store.unit_sums(declared)["unit"]) == [
        "r0/2.5/0//2026-01-30 11:25:00+00/true",
        "r1/10/2/bridge/2026-01-30 11:25:00+00/false",
    ]


def test_whole_numbers_divide_truly(store: Store) -> None:
    declared = made.experiment(metrics=[{"name": "share", "formula": "overrides / operations"},
                                        {"name": "odd", "formula": "step % 2 = 1"}], rules=[])  # fmt: skip
    store.declare(declared)
    store.append(made.source(made.rows(3).drop(columns="regen_ms")))
    means = store.unit_sums(declared).set_index("metric")["mean"]
    assert means["share"] == 0.25 and means["odd"] == pytest.approx(1 / 3)


def test_an_experiment_without_rows_gives_an_empty_frame(store: Store) -> None:
    store.declare(made.experiment())
    empty = store.unit_sums(made.experiment())
    assert list(empty.columns) == COLUMNS and empty.empty
    assert (
        empty["seed"].dtype == "Int64"
        and empty["n"].dtype == "int64"
        and empty["elements"].dtype == "float64"
    )


def test_division_by_zero_is_shown_and_named(store: Store) -> None:
    declared = made.experiment(metrics=[{"name": "share", "formula": "commit_ms / overrides"}], rules=[])
    store.declare(declared)
    store.append(made.source(made.rows(2).assign(overrides=[0, 1]).drop(columns="regen_ms")))
    if isinstance(store, DuckDBStore):  # an infinite value, which the check finds
        assert store.offenders("finite_values", declared).count == 1
        assert np.isinf(store.unit_sums(declared)["mean"]).any()
        return
    for ask in (store.unit_sums, store.observations, lambda e: store.offenders("finite_values", e)):
        with pytest.raises(DeclarationProblem, match=r"locality.*division by zero.*nullif"):
            ask(declared)


def test_the_frame_has_exactly_the_promised_measures() -> None:
    assert tuple(COLUMNS[-6:]) == reduction._SUMS
