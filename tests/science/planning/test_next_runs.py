"""Next runs: known optimal designs, money that is never overspent, and answers where there is no batch."""

from fractions import Fraction
from itertools import combinations_with_replacement

import numpy as np
import pandas as pd
import pytest

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.planned import PlanAnswer
from scaling_assets.records.trial import trial_columns
from scaling_assets.science import fitting, gates
from scaling_assets.science.fitting.problem import problems_of
from scaling_assets.science.planning import PLAN_KINDS, PlanCase, answer
from scaling_assets.science.planning.design import (
    Purse,
    Question,
    World,
    best_batch,
    conditioned,
    gains,
    score,
)
from scaling_assets.science.planning.spending import evenly, random_batch, spread_batch, uniform_batch

DECLARED = {
    "name": "search", "title": "Search", "mode": "simulated",
    "dimensions": [{"name": "items", "unit": "items", "values": [1, 3, 10, 30, 100, 300, 1000], "targets": [2000]}],
    "metrics": [{"name": "ms", "unit": "ms", "direction": "lower", "lower": 0}],
    "laws": [{"metric": "ms", "by": ["items"], "families": ["constant", "power", "power_floor", "logarithmic"],
              "bootstrap": 200}],
}  # fmt: skip
GATES = [
    {"name": "slow_growth", "kind": "parameter", "metric": "ms", "family": "power", "parameter": "exponent",
     "operator": "<=", "threshold": 0.304},
    {"name": "target", "kind": "prediction", "metric": "ms", "at": {"items": 2000}, "operator": "<=",
     "threshold": 20.5, "interval": "mean_curve"},
    {"name": "alone", "kind": "threshold", "metric": "ms", "where": {"items": 1}, "operator": "<=", "threshold": 2.03},
]  # fmt: skip


def line(
    x: np.ndarray, at: list[float], noise: float = 1.0, prior: float = 1e6, purse: Purse | None = None, **more
):
    """A straight line with an almost flat prior, asked at some points, to be measured at x."""
    design = np.array([[1.0, v] for v in (*at, *x)])
    world = World(design @ design.T * prior, np.full(len(x), noise), np.full(len(at), 1 / max(len(at), 1)))
    return Question("variance", (world,), purse or equal(len(x), 6))


def equal(n: int, budget: int, costs: list[float] | None = None, replicates: int = 0) -> Purse:
    prices = tuple(Fraction(str(c)) for c in costs or [1] * n)
    return Purse(prices, Fraction(budget), (100,) * n, np.zeros(n, dtype=bool), replicates)


def test_a_line_asked_outside_is_measured_at_its_ends_in_the_known_proportion() -> None:
    # Optimal weights for extrapolation of a line to t > 1 from [-1, 1]: (t + 1) / 2t and (t - 1) / 2t
    # (Hoel & Levine 1964, Annals of Mathematical Statistics 35).
    x = np.linspace(-1, 1, 21)
    counts = best_batch(line(x, [1.5], purse=equal(21, 12)))
    assert dict(zip(np.flatnonzero(counts).tolist(), counts[counts > 0].tolist(), strict=True)) == {
        0: 2,
        20: 10,
    }
    assert score(line(x, [1.5]), counts) == pytest.approx(1.5**2 / 12 + 0.0, rel=0.02)


def test_a_line_asked_over_its_whole_range_or_for_its_parameters_is_measured_at_both_ends() -> None:
    x = np.linspace(-1, 1, 21)
    assert best_batch(line(x, list(np.linspace(-1, 1, 9))))[[0, 20]].tolist() == [3, 3]
    joint = line(x, [0.0]).worlds[0].joint[1:, 1:]
    theta = np.array([[1.0, 0.0], [0.0, 1.0]]) * 1e6
    across = np.array([[1.0, v] for v in x]).T * 1e6
    world = World(np.block([[theta, across], [across.T, joint]]), np.ones(21), np.full(2, 0.5))
    counts = best_batch(Question("determinant", (world,), equal(21, 6)))
    assert counts[[0, 20]].tolist() == [3, 3]
    assert gains(Question("determinant", (world,), equal(21, 6)), counts).argmax() in (0, 20)


def test_runs_go_where_a_rival_differs_although_it_is_refitted() -> None:
    # A quadratic against a line on [-1, 1]: the T-optimal design is -1, 0, 1 with weights 1/4, 1/2, 1/4
    # (Atkinson & Fedorov 1975).
    x = np.linspace(-1, 1, 21)
    world = World(line(x, []).worlds[0].joint, np.ones(21), np.zeros(0), contrast=(x**2)[:, None])
    counts = best_batch(Question("separation", (world,), equal(21, 8)))
    assert counts[[0, 10, 20]].tolist() == [2, 4, 2]


def test_updates_are_those_of_all_runs_at_once() -> None:
    rng = np.random.default_rng(3)
    half = rng.normal(size=(40, 9))
    world = World(
        half.T @ half, rng.uniform(0.5, 2, 7), np.array([0.5, 0.5]), contrast=rng.normal(size=(7, 3))
    )
    counts = np.array([0, 2, 0, 1, 3, 0, 0])
    runs = np.repeat(np.arange(7), counts) + 2
    seen = world.joint[np.ix_(runs, runs)] + np.diag(np.repeat(world.noise, counts))
    expected = world.joint - world.joint[:, runs] @ np.linalg.solve(seen, world.joint[runs])
    assert conditioned(world, counts).joint == pytest.approx(expected)
    for criterion in ("variance", "determinant", "separation"):
        question = Question(criterion, (world,), equal(7, 9))
        for i in range(7):
            more = counts + (np.arange(7) == i)
            assert gains(question, counts)[i] == pytest.approx(
                score(question, counts) - score(question, more)
            )


@pytest.mark.parametrize("seed", range(6))
def test_small_batches_are_the_best_of_all_and_never_over_budget(seed: int) -> None:
    rng = np.random.default_rng(seed)
    half = rng.normal(size=(30, 7)) * rng.uniform(0.2, 2, 7)
    world = World(half.T @ half / 30, np.full(6, 0.3), np.ones(1))
    costs = [float(c) / 10 for c in rng.integers(1, 30, 6)]
    question = Question("variance", (world,), equal(6, 3, costs))
    counts = best_batch(question)
    assert question.purse.spent(counts) <= 3
    best = np.inf
    for runs in range(1, 9):
        for some in combinations_with_replacement(range(6), runs):
            tried = np.bincount(some, minlength=6)
            if question.purse.spent(tried) <= 3:
                best = min(best, score(question, tried))
    assert score(question, counts) <= best * 1.02
    for other in (uniform_batch(question), random_batch(question, rng)):
        assert question.purse.spent(other) <= 3 and score(question, other) >= score(question, counts)


def test_unknown_noise_asks_for_replicates_and_a_run_repeated_counts_as_one() -> None:
    x = np.array([-1.0, -0.5, 0.5, 1.0])
    purse = equal(4, 2, replicates=1)
    assert purse.pure_error(best_batch(line(x, [0.0], purse=purse))) >= 1
    done = Purse(purse.costs, purse.budget, purse.most, np.array([False, True, False, False]), 2)
    assert done.pure_error(best_batch(line(x, [0.9], purse=done))) == 2


def test_a_start_takes_the_ends_then_the_gaps_then_replicates() -> None:
    places = np.linspace(0, 1, 9)[:, None]
    assert np.flatnonzero(spread_batch(places, equal(9, 3))).tolist() == [0, 4, 8]
    assert np.flatnonzero(spread_batch(places, equal(9, 5))).tolist() == [0, 2, 4, 6, 8]
    assert spread_batch(places, equal(9, 11)).tolist() == [2, 2, 1, 1, 1, 1, 1, 1, 1]
    assert evenly(60, 6).tolist() == [0, 12, 24, 35, 47, 59]


# -- the kind ----------------------------------------------------------------------------------------------


def landed(x, seed: int = 1, exponent: float = 0.3, noise: float = 0.06, **changes) -> dict:
    """An experiment with trials of 2 x^exponent, fitted and judged, as a case is made of."""
    experiment = Experiment(**{**DECLARED, "gates": GATES, **changes})
    x = np.asarray(x, dtype=float)
    y = 2 * x**exponent * np.exp(noise * np.random.default_rng(seed).normal(size=len(x)))
    rows = {
        "metric": "ms",
        "unit": [f"u{i}" for i in range(len(x))],
        "items": x,
        "value": y,
        "n": 1,
        "is_simulated": True,
    }
    trials = pd.DataFrame(rows).reindex(columns=list(trial_columns(experiment)))
    laws = fitting.fit(problems_of(experiment, trials))
    verdicts = gates.judge(experiment, trials, laws, data_version="v")
    return {
        "laws": laws,
        "verdicts": verdicts,
        "trials": {"search": trials},
        "experiments": {"search": experiment},
    }


def ask(case: dict, target: dict, budget: float = 6, candidates: dict | None = None) -> PlanAnswer:
    kind = PLAN_KINDS["next_runs"]
    priced = candidates or {"values": {"items": list(np.geomspace(1, 1000, 31))}, "cost": {"fixed": 1}}
    question = kind.Question(
        name="plan",
        kind="next_runs",
        title="t",
        target=target,
        candidates=priced,
        budget=budget,
        currency="usd",
    )
    assert kind.problems(question, case["experiments"]) == []
    return answer(PlanCase(question, **case), data_version="v")


LAW = {"experiment": "search", "metric": "ms"}
PILOT = landed(np.repeat([1, 10, 100, 1000], 2))


def cell(found: PlanAnswer, part: str, item: str, quantity: str):
    return next(f for f in found.figures if (f.part, f.item, f.quantity) == (part, item, quantity))


def spent(found: PlanAnswer) -> float:
    return sum(f.value for f in found.part("batch") if f.quantity == "cost")


@pytest.mark.parametrize(
    "target",
    [{"law": LAW, "at": {"items": 2000}}, {"law": LAW, "over": {"items": [100, 2000]}},
     {"law": LAW, "parameters": True},
     {"law": {**LAW, "family": "power"}, "parameter": "exponent"}, {"law": LAW, "rivals": True},
     {"experiment": "search", "gate": "slow_growth"}, {"experiment": "search", "gate": "target"}],
    ids=["at", "over", "parameters", "parameter", "rivals", "parameter gate", "prediction gate"],
)  # fmt: skip
def test_every_target_gets_a_batch_within_the_budget_and_ends_before_middles(target: dict) -> None:
    found = ask(PILOT, target)
    assert found.status == "answered" and found.law_ids and found.is_simulated
    assert 5 <= spent(found) <= 6
    runs = {f.item: f.value for f in found.part("batch") if f.quantity == "runs"}
    at_ends = runs.get("items = 1", 0) + runs.get("items = 1,000", 0)
    assert at_ends >= 3 if "rivals" not in target else at_ends >= 2
    if "rivals" not in target:
        ratio = [cell(found, "expected", item, "sd_relative_to_now").value
                 for item in ("now", "after_this_batch", "after_even_spending")]  # fmt: skip
        assert ratio[0] == 1 and ratio[1] < ratio[2] < 1
        assert cell(found, "runs_for_the_same", "even_spending", "runs").value > 6


def test_the_interval_after_the_batch_is_told_with_its_own_noise_kept() -> None:
    target = {"law": LAW, "at": {"items": 2000}, "interval": "new_run"}
    found = ask(PILOT, target)
    now, after = (cell(found, "expected", item, "estimate") for item in ("now", "after_this_batch"))
    assert now.low < after.low < after.value < after.high < now.high
    mean = ask(PILOT, {"law": LAW, "at": {"items": 2000}})
    mean_now, mean_after = (cell(mean, "expected", item, "estimate") for item in ("now", "after_this_batch"))
    shrunk = (mean_after.high - mean_after.value) / (mean_now.high - mean_now.value)
    assert shrunk < (after.high - after.value) / (now.high - now.value)


def test_a_gate_needs_as_many_runs_like_those_at_hand_as_its_verdict_says() -> None:
    x = np.repeat([1, 10, 100, 1000], 6)
    case = landed(x, noise=0.1, gates=[{**GATES[0], "threshold": 0.296}])
    verdict = next(v for v in case["verdicts"] if v.gate == "slow_growth")
    assert verdict.outcome.value == "inconclusive" and verdict.runs_needed
    only = {"runs": [{"at": {"items": v}, "cost": 1} for v in (1, 10, 100, 1000)]}
    found = ask(case, {"experiment": "search", "gate": "slow_growth"}, budget=6, candidates=only)
    assert cell(found, "gate", "slow_growth", "like_those_at_hand").value == verdict.runs_needed
    # Runs at both ends of a line carry 9 to the others' mean of 5 (squares of -3, -1, 1, 3): 5/9 of them do.
    best = cell(found, "gate", "slow_growth", "at_the_best_places").value
    assert best == pytest.approx(verdict.runs_needed * 5 / 9, rel=0.2)
    middle = {"runs": [{"at": {"items": v}, "cost": 1} for v in (10, 100)]}
    worse = ask(case, {"experiment": "search", "gate": "slow_growth"}, budget=6, candidates=middle)
    assert verdict.runs_needed * 5 > 500  # one carries 1 to the others' 5
    assert cell(worse, "gate", "slow_growth", "at_the_best_places").text == "not by 500 of these"


def test_a_gate_on_cells_is_answered_by_its_verdict() -> None:
    case = landed(np.repeat([1, 10, 100, 1000], 6), noise=0.1)
    verdict = next(v for v in case["verdicts"] if v.gate == "alone")
    found = ask(case, {"experiment": "search", "gate": "alone"})
    assert verdict.runs_needed and cell(found, "gate", "alone", "runs_needed").value == verdict.runs_needed
    assert found.headline == f"gate alone needs {verdict.runs_needed} more runs at items = 1"
    assert (
        cell(found, "gate", "alone", "cost").value == verdict.runs_needed and "buys 6 of them" in found.remedy
    )
    few = ask(PILOT, {"experiment": "search", "gate": "alone"})
    assert few.status == "waiting" and "at least 3" in few.remedy and "insufficient data" in few.headline
    settled = landed(np.repeat([1, 10, 100, 1000], 6), gates=[{**GATES[2], "threshold": 9}])
    done = ask(settled, {"experiment": "search", "gate": "alone"})
    assert (done.status, done.figures) == ("answered", ()) and "settled (pass)" in done.headline


def test_without_a_usable_law_the_start_is_spread() -> None:
    for x in ([], [10.0, 10.0]):
        found = ask(landed(x), {"law": LAW, "at": {"items": 2000}})
        assert found.status == "waiting" and found.remedy and 5 <= spent(found) <= 6
        items = [f.item for f in found.part("batch") if f.quantity == "runs"]
        assert items[0] == "items = 1" and items[-1] == "items = 1,000" and len(items) >= 5


def test_a_target_beyond_the_limit_is_reached_by_a_run_or_refused() -> None:
    case = landed([1, 3, 10, 30, 100, 300])
    found = ask(case, {"law": LAW, "at": {"items": 1500}})
    assert found.status == "waiting" and "brings it inside" in found.reason
    reaching = [f.item for f in found.part("batch") if float(f.item.split("= ")[1].replace(",", "")) >= 750]
    assert reaching
    far = [{**GATES[1], "at": {"items": 1500}}]
    gate = ask(landed([1, 3, 10, 30, 100, 300], gates=far), {"experiment": "search", "gate": "target"})
    assert gate.status == "waiting" and "brings it inside" in gate.reason
    refused = ask(case, {"law": LAW, "at": {"items": 9000}})
    assert (refused.status, refused.figures) == ("refused", ())
    inside = ask(case, {"law": LAW, "at": {"items": 500}})
    assert inside.status == "answered" and "beyond the 2x limit" in inside.reason
    assert max(float(f.item.split("= ")[1].replace(",", "")) for f in inside.part("batch")) <= 600


def test_a_parameter_that_the_leading_law_lacks_is_refused_and_no_run_is_proposed() -> None:
    found = ask(PILOT, {"law": LAW, "parameter": "floor"})
    assert (found.status, found.figures) == ("refused", ()) and "has no parameter 'floor'" in found.reason


def test_contexts_that_a_law_pools_take_turns() -> None:
    case = landed(
        np.repeat([1, 10, 100, 1000], 2),
        context=[{"name": "project", "values": ["a", "b"], "required": False}],
    )
    priced = {"values": {"items": [1, 1000]}, "cost": {"fixed": 1}, "contexts": {"project": ["a", "b"]}}
    found = ask(case, {"law": LAW, "parameters": True}, candidates=priced)
    runs = {f.item: f.value for f in found.part("batch") if f.quantity == "runs"}
    assert sum(v for k, v in runs.items() if k.endswith("project = a")) == 3 and sum(runs.values()) == 6
    kind = PLAN_KINDS["next_runs"]
    for contexts, said in (({"team": ["a"]}, "'team'"), ({"project": ["c"]}, "'c'")):
        question = kind.Question(
            name="plan", kind="next_runs", title="t", target={"law": LAW, "parameters": True}, budget=1,
            candidates={**priced, "contexts": contexts},
        )  # fmt: skip
        assert said in kind.problems(question, case["experiments"])[0]


def test_a_metric_of_the_experiment_can_price_the_runs() -> None:
    priced = {"values": {"items": [1, 10, 100, 1000]}, "cost": {"metric": "ms", "price": 0.5}}
    found = ask(PILOT, {"law": LAW, "at": {"items": 2000}}, budget=30, candidates=priced)
    # The law is 2 x^0.3: a run at 1,000 takes 15.9 ms, half of that in usd.
    assert cell(found, "batch", "items = 1,000", "cost_of_one").value == pytest.approx(7.9, rel=0.05)
    assert spent(found) <= 30


def test_no_money_no_run() -> None:
    found = ask(PILOT, {"law": LAW, "at": {"items": 2000}}, budget=0.5)
    assert found.status == "infeasible" and "cheapest run costs 1 usd" in found.reason


def test_what_the_plan_expects_of_a_line_is_what_a_line_gives() -> None:
    # The power law is a line in logarithms; with many draws the ratio of widths is that of the exact design.
    x = np.repeat([1, 10, 100, 1000], 8)
    found = ask(landed(x), {"law": {**LAW, "family": "power"}, "at": {"items": 2000}}, budget=24)
    after = [cell(found, "expected", f"after_{way}", "sd_relative_to_now").value
             for way in ("this_batch", "even_spending")]  # fmt: skip

    def variance(extra: np.ndarray) -> float:
        rows = np.stack([np.ones(len(x) + len(extra)), np.log([*x, *extra])])
        return float(
            np.array([1, np.log(2000)]) @ np.linalg.solve(rows @ rows.T, np.array([1, np.log(2000)]))
        )

    grid = np.geomspace(1, 1000, 31)
    best = min(variance(np.repeat([1.0, 1000.0], [k, 24 - k])) for k in range(25))
    even = variance(grid[evenly(31, 24)])
    now = variance(np.zeros(0))
    assert after == pytest.approx([np.sqrt(best / now), np.sqrt(even / now)], rel=0.07)


def test_dear_runs_are_bought_only_where_they_are_worth_it() -> None:
    dear = {"values": {"items": [1, 10, 100, 1000]}, "cost": {"fixed": 0.1, "per": {"items": 0.01}}}
    found = ask(PILOT, {"law": LAW, "at": {"items": 2000}}, budget=5, candidates=dear)
    assert spent(found) <= 5
    assert {f.item for f in found.part("batch")} <= {
        "items = 1",
        "items = 10",
        "items = 100",
    }  # 1000 costs 10.1


def test_what_a_declaration_names_in_vain_is_told() -> None:
    kind = PLAN_KINDS["next_runs"]

    def told(target: dict, candidates: dict) -> list[str]:
        question = kind.Question(
            name="plan", kind="next_runs", title="t", target=target, candidates=candidates, budget=1
        )
        return kind.problems(question, PILOT["experiments"])

    fine = {"cost": {"fixed": 1}}
    assert "'item'" in told({"law": LAW, "at": {"item": 1}}, fine)[0]
    assert "'nope'" in told({"experiment": "search", "gate": "nope"}, fine)[0]
    assert "'items'" in told({"law": LAW, "over": {"items": [3, 2]}}, fine)[0]
    assert (
        "'sizes'"
        in told({"law": LAW, "at": {"items": 1}}, {"values": {"sizes": [1]}, "cost": {"fixed": 1}})[0]
    )
    assert "'usd'" in told({"law": LAW, "at": {"items": 1}}, {"cost": {"metric": "usd"}})[0]
    for target, candidates in (
        ({"law": LAW}, fine), ({"law": LAW, "at": {"items": 1}, "rivals": True}, fine), ({"gate": "target"}, fine),
        ({"law": LAW, "rivals": True}, {}), ({"law": LAW, "rivals": True}, {"cost": {"price": 2}}),
    ):  # fmt: skip
        with pytest.raises(ValueError):
            told(target, candidates)
