"""Factorial designs: printed answers, one good case of each layout, then one thing spoiled at a time."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from scaling_assets.records.verdict import Outcome
from scaling_assets.science.gates import judge, problems_of_gate
from scaling_assets.science.testing import weighted
from scaling_assets.science.testing.factorial import pooled
from tests.science.gates.arms import experiment, judged, rows, trials

P, F, I, D = Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.INSUFFICIENT_DATA  # noqa: E741
NOISE = np.array([-1.2, -0.7, -0.3, 0.1, 0.2, 0.5, 0.6, 0.8, -0.9, 0.9])
#: R's ToothGrowth (Crampton 1947, The Journal of Nutrition 33): length by supplement and dose, ten animals a cell.
TEETH = {
    ("VC", 0.5): "4.2 11.5 7.3 5.8 6.4 10 11.2 11.2 5.2 7",
    ("VC", 1.0): "16.5 16.5 15.2 17.3 22.5 17.3 13.6 14.5 18.8 15.5",
    ("VC", 2.0): "23.6 18.5 33.9 25.5 26.4 32.5 26.7 21.5 23.3 29.5",
    ("OJ", 0.5): "15.2 21.5 17.6 9.7 14.5 10 8.2 9.4 16.5 9.7",
    ("OJ", 1.0): "19.7 23.3 23.6 26.4 20 25.2 25.8 21.2 14.5 27.3",
    ("OJ", 2.0): "25.5 26.4 22.4 24.5 24.8 30.9 26.4 27.3 29.4 23",
}
ASKED = {
    "kind": "interaction",
    "metric": "score",
    "factors": {"condition": ["A", "B"], "tier": ["easy", "hard"]},
}


def cell(condition: str, tier: str, y: object, **columns: object) -> pd.DataFrame:
    frame = rows(condition, y, **columns)
    return frame.assign(tier=tier, unit=frame["unit"] + tier)


def factorial(effect: float, noise: np.ndarray = NOISE, **columns: object) -> list[pd.DataFrame]:
    """B gains 1 on easy items and ``effect`` more on hard ones; every cell has other noise."""
    means = {("A", "easy"): 10.0, ("B", "easy"): 11.0, ("A", "hard"): 7.0, ("B", "hard"): 8.0 + effect}
    return [cell(c, t, m + np.roll(noise, i), **columns) for i, ((c, t), m) in enumerate(means.items())]


def teeth(**gate: object) -> list:
    declared = experiment(
        {"kind": "interaction", "metric": "score", "error": "pooled", "operator": ">",
         "factors": {"condition": ["OJ", "VC"], "size": [0.5, 1, 2]}} | gate,
        conditions=["OJ", "VC"], control_condition="OJ", dimensions=[{"name": "size", "values": [0.5, 1, 2]}],
    )  # fmt: skip
    parts = [
        rows(s, np.array(values.split(), dtype=float)).assign(size=d, unit=[f"{s}{d}{i}" for i in range(10)])
        for (s, d), values in TEETH.items()
    ]
    return judge(declared, trials(declared.metric("score"), pd.concat(parts)), [], data_version="v")


@pytest.mark.parametrize(
    ("of", "f", "df", "p", "count"),
    [
        (["condition", "size"], 4.107, 2, 0.021860, 2),
        (["size"], 92.000, 2, None, 2),
        (["condition"], 15.572, 1, 0.000231, 1),
    ],
)
def test_two_way_analysis_of_variance_to_the_printed_digits(of, f, df, p, count):
    found = teeth(of=of)
    assert len(found) == count
    for v in found:
        assert v.evidence["f"] == pytest.approx(f, abs=5e-4)
        assert (v.evidence["f_df1"], v.evidence["f_df2"]) == (df, 54)
        assert p is None or v.evidence["f_p_value"] == pytest.approx(p, abs=5e-7)
    if count == 1:  # one degree of freedom: t^2 is F, and the two-sided p is that of F
        (v,) = found
        assert (v.measured / v.evidence["se"]) ** 2 == pytest.approx(v.evidence["f"], rel=1e-12)
        assert 2 * min(v.evidence["p_value"], 1 - v.evidence["p_value"]) == pytest.approx(p, abs=5e-7)
    else:
        assert [v.group["size"] for v in found] == ["1 against 0.5", "2 against 0.5"]


def test_effects_are_those_of_least_squares_on_dummies():
    """An independent computation: regression on a dummy design, unequal cells."""
    parts = [part.iloc[: 10 - 2 * i] for i, part in enumerate(factorial(1.5))]
    raw = pd.concat(parts)
    b, h = (raw["condition"] == "B").to_numpy(float), (raw["tier"] == "hard").to_numpy(float)
    x = np.column_stack([np.ones(len(raw)), b, h, b * h])
    beta, squares, *_ = np.linalg.lstsq(x, raw["y"].to_numpy(), rcond=None)
    df = len(raw) - 4
    se = np.sqrt(squares[0] / df * np.linalg.inv(x.T @ x)[3, 3])
    (v,) = judged(ASKED | {"error": "pooled"}, *parts)
    assert (v.measured, v.evidence["se"]) == (pytest.approx(beta[3]), pytest.approx(se))
    assert v.low == pytest.approx(beta[3] - stats.t.ppf(0.95, df) * se)
    (main,) = judged(ASKED | {"error": "pooled", "of": ["condition"]}, *parts)
    assert main.measured == pytest.approx(beta[1] + beta[3] / 2)
    (own,) = judged(ASKED, *parts)  # cells that spread differently: the sum of four variances of means
    variances = [part["y"].var(ddof=1) / len(part) for part in parts]
    assert own.evidence["se"] == pytest.approx(np.sqrt(sum(variances)))
    assert own.evidence["df"] == pytest.approx(
        sum(variances) ** 2 / sum(w**2 / (len(p) - 1) for w, p in zip(variances, parts, strict=True))
    )


def test_a_factor_within_runs_and_a_block_are_differences_of_differences_of_units():
    shift = np.linspace(-3, 3, 10)  # what a run or a seed shares over its cells
    within = [part.assign(unit=part["condition"] + part["seed"].astype(str)) for part in factorial(1.5)]
    within = [part.assign(y=part["y"] + shift) for part in within]
    (v,) = judged(ASKED, *within)
    gains = {c: within[i + 2]["y"].to_numpy() - within[i]["y"].to_numpy() for i, c in enumerate("AB")}
    expected = stats.ttest_ind(gains["B"], gains["A"], equal_var=False, alternative="greater")
    assert v.evidence["p_value"] == pytest.approx(expected.pvalue)
    assert (v.outcome, v.n_units, v.evidence["within_factors"]) == (P, 20, 1)
    (blocked,) = judged(ASKED | {"block_by": ["seed"]}, *within)
    one = stats.ttest_1samp(gains["B"] - gains["A"], 0, alternative="greater")
    assert blocked.evidence["p_value"] == pytest.approx(one.pvalue)
    assert (blocked.outcome, blocked.n_units, blocked.evidence["within_factors"]) == (P, 10, 2)


@pytest.mark.parametrize(
    ("gate", "frames", "outcome", "words"),
    [
        (ASKED, factorial(1.5), P,
         "interaction of condition (B against A) and tier (hard against easy) on score is 1.5"),
        (ASKED, factorial(-1.5), F, "rules out > 0"),
        (ASKED, factorial(0.2), I, "do not settle > 0"),
        (ASKED | {"of": ["condition"]}, factorial(0.5), P,
         "the main effect of condition (B against A) on score is 1.25"),
        (ASKED | {"operator": "within", "threshold": [-2, 2]}, factorial(0.0), P, "prove within -2 to 2"),
        (ASKED | {"operator": "within", "threshold": [-0.5, 0.5]}, factorial(0.0), I, "do not settle within"),
        (ASKED | {"effect": "ratio", "operator": ">", "threshold": 1}, factorial(3.0), P, "as a ratio, is 1.4"),
        (ASKED | {"metric": "wait_ms"}, factorial(1.5), F, "rules out < 0 ms"),
        (ASKED, factorial(1.5)[:3], D, "condition = B, tier = hard has no run with a value"),
        (ASKED, [*factorial(1.5)[:3], factorial(1.5)[3].iloc[:1]], D, "has 1 unit, which shows no spread"),
        (ASKED, factorial(1.5, NOISE * 0), D, "have the same value"),
        (ASKED | {"error": "pooled"}, [p.iloc[:1] for p in factorial(1.5)], D, "every cell has 1 unit"),
        (ASKED | {"block_by": ["seed"]}, [*factorial(1.5)[:3], factorial(1.5)[3].iloc[:6]], D,
         "4 of 10 blocks lack a cell (40%; at most 10% may): 6, 7, 8, 9"),
        (ASKED | {"block_by": ["seed"]}, [*factorial(1.5)[:3], factorial(1.5)[3].iloc[:9]], P, "proves > 0"),
        (ASKED, [*factorial(1.5)[:3], factorial(1.5)[3].assign(is_simulated=True)], D, "never compared"),
        (ASKED | {"block_by": ["seed"]}, [p.iloc[:3] for p in factorial(9.0)], I, "cannot be settled by 3 blocks"),
        (ASKED | {"looks": "always_valid"}, factorial(7.0), P, "always-valid"),
        (ASKED | {"looks": {"plan": "fixed", "units": 11}}, factorial(5.0), D, "at 11 runs; 10 are there"),
        (ASKED | {"effect": "ratio", "operator": ">"}, [p.assign(y=p["y"] - 12) for p in factorial(1.5)], D,
         "no ratio"),
    ],
)  # fmt: skip
def test_designs_and_what_spoils_them(gate, frames, outcome, words):
    (v,) = judged(gate, *frames)
    assert (v.outcome, words in v.reason) == (outcome, True), v.reason
    assert (v.remedy == "") == (outcome is P)


def test_the_runs_needed_settle_it_and_all_cells_share_them():
    (v,) = judged(ASKED | {"threshold": 1.0, "operator": ">"}, *factorial(1.5))
    assert v.outcome is I and "all cells together" in v.remedy
    times = int(np.ceil(1 + v.runs_needed / 40))
    again = [pd.concat([p.assign(unit=p["unit"] + f"_{i}") for i in range(times)]) for p in factorial(1.5)]
    assert judged(ASKED | {"threshold": 1.0, "operator": ">"}, *again)[0].outcome is P


def test_an_interaction_exactly_on_the_threshold_is_inconclusive():
    (v,) = judged(ASKED | {"threshold": 1.5, "operator": ">="}, *factorial(1.5))
    assert v.outcome is I and v.runs_needed is None and v.evidence["p_value"] == pytest.approx(0.5)


def test_single_items_are_summed_from_wilson_intervals():
    counts = {("A", "easy"): 30, ("B", "easy"): 32, ("A", "hard"): 12, ("B", "hard"): 28}
    parts = [cell(c, t, np.zeros(40), ok=(np.arange(40) < k).astype(float)) for (c, t), k in counts.items()]
    (v,) = judged(ASKED | {"metric": "success"}, *parts)
    assert v.measured == pytest.approx((28 - 12 - 32 + 30) / 40) and v.outcome is P
    assert v.method == "proportions, from Wilson intervals (MOVER)"
    z, below = stats.norm.ppf(0.95), 0.0
    for (c, t), k in counts.items():
        p, up = k / 40, (c == "B") == (t == "hard")
        centre, half = (
            (p + z**2 / 80) / (1 + z**2 / 40),
            z * np.sqrt(p * (1 - p) / 40 + z**2 / 6400) / (1 + z**2 / 40),
        )
        below += (p - (centre - half)) ** 2 if up else (centre + half - p) ** 2
    assert v.low == pytest.approx(v.measured - np.sqrt(below))


def test_many_effects_are_a_family():
    gate = ASKED | {"factors": {"condition": ["A", "B"], "tier": ["t0", "t1", "t2"]}}
    means = {"t0": 0.0, "t1": 1.3, "t2": 1.3}
    parts = [
        cell(c, t, (c == "B") * m + np.roll(NOISE, i))
        for i, (c, (t, m)) in enumerate(product("AB", means.items()))
    ]
    alone = judged(gate, *parts)
    together = judged(gate, *parts, multiplicity={"method": "holm", "gates": ["g0"]})
    assert [v.group["tier"] for v in together] == ["t1 against t0", "t2 against t0"]
    assert [v.evidence["family_size"] for v in together] == [2, 2]
    least = min(v.evidence["p_value"] for v in alone)
    assert min(v.evidence["p_adjusted"] for v in together) == pytest.approx(2 * least)
    assert "adjusted by Holm over 2" in together[0].reason


@pytest.mark.parametrize("error", ["separate", "pooled"])
def test_no_interaction_passes_by_luck_more_often_than_stated(error):
    """Two main effects, no interaction: 4, 6, 9, 5 units; spreads 1 to 3 where the error allows it."""
    sizes, spreads = (4, 6, 9, 5), (1, 2, 3, 1) if error == "separate" else (1, 1, 1, 1)
    rng, weights, passes, series = np.random.default_rng(5), (1.0, -1.0, -1.0, 1.0), 0, 1_500
    form = weighted if error == "separate" else pooled
    for _ in range(series):
        cells = [m + s * rng.normal(size=n) for n, s, m in zip(sizes, spreads, (0, 1, 2, 3), strict=True)]
        found = form(list(zip(weights, cells, strict=True)), "t")
        passes += found.p_values(0.0)[0] <= 0.05
    assert passes / series <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / series)


def test_planned_power_is_that_of_the_declared_design():
    plan = {"effect": 2.0, "sd": 1.0, "units": 8}
    (v,) = judged(ASKED | {"expected": plan}, *factorial(1.5))
    rng = np.random.default_rng(1)
    y = rng.normal(size=(4_000, 4, 8)) + np.array([0, 0, 0, 2.0])[:, None]
    effect = y.mean(2) @ np.array([1, -1, -1, 1])
    t = effect / np.sqrt(y.var(2, ddof=1).mean(1) * 4 / 8)
    assert v.evidence["planned_power"] == pytest.approx((t > stats.t.ppf(0.95, 28)).mean(), abs=0.025)
    assert 8 > v.evidence["planned_units"] > 2 or v.evidence["planned_power"] < 0.8


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        ({"metric": "p90"}, "is of kind quantile"),
        ({"metric": "nothing"}, "is not declared"),
        (
            {"factors": {"condition": ["A", "C"], "tier": ["x", "y"]}},
            "names 'C', which is no level of 'condition'",
        ),
        ({"factors": {"condition": ["A", "B"], "depth": [1, 2]}}, "names 'depth', which is no cell column"),
        ({"block_by": ["tier"]}, "cannot be a factor and split"),
    ],
)
def test_what_a_declaration_gets_wrong(gate, words):
    declared = experiment(ASKED | gate)
    assert words in "; ".join(problems_of_gate(declared, declared.gates[0]))
