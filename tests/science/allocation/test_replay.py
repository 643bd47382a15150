"""Dynamic against fixed: the ten per cent rule, its coverage, and tasks that do not pair."""

import numpy as np
import pytest

from scaling_assets.records.verdict import Outcome
from scaling_assets.science.allocation.replay import ReplayedTask, replay, simulated_tasks
from tests.science.allocation.planned import dimension, plan
from tests.science.planted import law


def tasks(rng, n: int, ratio: float, spread: float = 0.4) -> list[ReplayedTask]:
    """Skewed outcomes and costs of which half is the task's own; outcome per cost differs by ``ratio``."""
    hard, dear = rng.normal(0, spread, n), rng.normal(0, spread, n)
    found = []
    for policy, factor in (("dynamic", ratio), ("fixed", 1.0)):
        outcomes = factor * np.exp(hard + rng.normal(0, spread / 2, n))
        costs = np.exp(dear + rng.normal(0, spread / 2, n))
        found += [
            ReplayedTask(f"t{i}", policy, float(y), float(c))
            for i, (y, c) in enumerate(zip(outcomes, costs, strict=True))
        ]
    return found


@pytest.mark.parametrize(
    ("ratio", "outcome"), [(1.6, Outcome.PASS), (0.8, Outcome.FAIL), (1.12, Outcome.INCONCLUSIVE)]
)
def test_the_ten_per_cent_rule_is_about_the_bound(ratio, outcome):
    found = replay(tasks(np.random.default_rng(3), 60, ratio))
    assert found.outcome is outcome and found.low < found.ratio < found.high
    assert "wanted is above 1.1" in found.reason and found.correlation > 0.5


def test_a_ratio_of_sums_not_a_mean_of_ratios():
    made = [ReplayedTask(f"t{i}", p, y, c) for i in range(10) for p, y, c in
            (("dynamic", 2.0 + i % 3, 1.0 + i % 2), ("fixed", 1.0 + i % 2, 1.0 + i % 3))]  # fmt: skip
    dynamic, fixed = ([t for t in made if t.policy == p] for p in ("dynamic", "fixed"))
    ratios = [sum(t.outcome for t in part) / sum(t.cost for t in part) for part in (dynamic, fixed)]
    assert replay(made).ratio == pytest.approx(ratios[0] / ratios[1])


def test_tasks_that_do_not_pair_are_counted_and_too_many_refused():
    made = tasks(np.random.default_rng(3), 40, 1.6)
    few = [t for t in made if not (t.policy == "fixed" and t.task in ("t1", "t2"))]
    found = replay(few)
    assert (found.n_tasks, found.n_unpaired, found.outcome) == (38, 2, Outcome.PASS)
    many = [t for t in made if not (t.policy == "fixed" and int(t.task[1:]) < 6)]
    assert replay(many).outcome is Outcome.INSUFFICIENT_DATA and "6 of 40 tasks" in replay(many).reason
    twice = [*made, *[t for t in made if int(t.task[1:]) < 6]]
    assert replay(twice).outcome is Outcome.INSUFFICIENT_DATA


def alike(outcome: float, cost: float) -> list[ReplayedTask]:
    return [ReplayedTask(f"t{i}", p, outcome, cost) for i in range(9) for p in ("dynamic", "fixed")]


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ([], "0 paired tasks"),
        (alike(1.0, 1.0), "without spread"),
        (alike(1.0, 0.0), "something must have been spent"),
        (alike(-1.0, 1.0), "sum to more than 0"),
    ],
)  # fmt: skip
def test_what_gives_no_ratio_is_refused(made, words):
    found = replay(made)
    assert found.outcome is Outcome.INSUFFICIENT_DATA and words in found.reason and found.ratio is None


@pytest.mark.slow
@pytest.mark.parametrize("n", [12, 40])
def test_on_the_threshold_five_in_a_hundred_pass(n):
    """The true ratio is 1.10 exactly: 400 replays, standard error of a share of .05 is .011."""
    rng = np.random.default_rng(11)
    found = [replay(tasks(rng, n, 1.10)).outcome for _ in range(400)]
    assert found.count(Outcome.PASS) / 400 <= 0.05 + 3 * 0.011
    assert found.count(Outcome.FAIL) / 400 <= 0.05 + 3 * 0.011


def test_simulated_tasks_of_two_kinds():
    """Easy tasks gain from rounds, hard ones from agents: one allocation for all cannot serve both."""
    wide = {"domain": ((1.0, 1e3),), "noise": 0.1}
    laws = [law(experiment="agents", parameters=(1, e), sd=(0, 0.02), group={"kind": k}, law_id=f"a{k}", **wide)
            for k, e in (("easy", 0.02), ("hard", 0.8))]  # fmt: skip
    laws += [law(experiment="rounds", parameters=(1, e), sd=(0, 0.02), group={"kind": k}, law_id=f"r{k}", **wide)
             for k, e in (("easy", 0.8), ("hard", 0.02))]  # fmt: skip

    def asked(kind: str):
        dims = [
            dimension(n, 1, 10, law={"experiment": n, "metric": "y", "segment": {"kind": kind}})
            for n in ("agents", "rounds")
        ]
        return plan(*dims, budget=8)

    made = simulated_tasks({"easy": asked("easy"), "hard": asked("hard")}, laws, {"easy": 40, "hard": 40})
    found = replay(made, is_simulated=True)
    assert found.outcome is Outcome.PASS and found.is_simulated and found.n_tasks == 80
    same = simulated_tasks({"easy": asked("easy"), "again": asked("easy")}, laws, {"easy": 20, "again": 20})
    assert replay(same).outcome is Outcome.INSUFFICIENT_DATA  # the two policies are one
