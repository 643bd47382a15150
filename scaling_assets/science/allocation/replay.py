"""Dynamic against fixed allocation, replayed on tasks: the ratio of outcome per cost, with a verdict.

What lives here: the paired ratio metric, its interval, the check of the pairing, and tasks simulated from laws. What
does not: reading files (``pipeline``), gates on experiments (the kind ``improvement`` judges recorded arms).

R = (sum of outcomes / sum of costs) under the dynamic policy, divided by the same under the fixed one: sums, not a
mean of ratios. Both policies run the same tasks, so that tasks are what is resampled. The variance of ln R is that of
the mean of d_i = y1_i/mean(y1) - c1_i/mean(c1) - y0_i/mean(y0) + c0_i/mean(c0), the delta method for four means
(Deng, Knoblich & Lu 2018, KDD, section 3); the interval is a bootstrap-t over tasks, because costs and outcomes are
skewed (Hall 1992, The Bootstrap and Edgeworth Expansion, section 3.3).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scaling_assets.records.law import Law
from scaling_assets.records.plan import Plan
from scaling_assets.records.verdict import Outcome
from scaling_assets.science.allocation.allocate import allocate
from scaling_assets.science.allocation.finding import laws_of
from scaling_assets.science.allocation.question import question_of

WANTED = 1.10  # the dynamic policy must yield ten per cent more for its money
FEWEST = 8  # tasks below which no interval is given
RESAMPLES = 4_000
SEED = 42


@dataclass(frozen=True)
class ReplayedTask:
    """One task under one policy."""

    task: str
    policy: str  # "dynamic" or "fixed"
    outcome: float
    cost: float


@dataclass(frozen=True)
class Replay:
    """The verdict: PASS when the lower bound of the ratio lies above ``wanted``, FAIL when the upper one lies below.

    ``low`` and ``high`` are one-sided bounds at ``confidence`` each. ``correlation`` is that of the tasks'
    outcomes under the two policies: near 0, pairing gained nothing.
    """

    outcome: Outcome
    reason: str
    ratio: float | None
    low: float | None
    high: float | None
    confidence: float
    wanted: float
    n_tasks: int
    n_unpaired: int
    correlation: float | None
    method: str
    is_simulated: bool = False


def replay(
    tasks: Sequence[ReplayedTask],
    *,
    wanted: float = WANTED,
    confidence: float = 0.95,
    is_simulated: bool = False,
) -> Replay:
    """Judge the replay of tasks under both policies.

    A task that has not run exactly once under each policy is left out and counted; when more than a tenth is,
    the verdict is refused (the missing ones may be the hard ones).
    """
    by_task: dict[str, dict[str, list[ReplayedTask]]] = {}
    for one in tasks:
        by_task.setdefault(one.task, {}).setdefault(one.policy, []).append(one)
    pairs = [
        (runs["dynamic"][0], runs["fixed"][0])
        for runs in by_task.values()
        if len(runs.get("dynamic", ())) == len(runs.get("fixed", ())) == 1
    ]
    unpaired = len(by_task) - len(pairs)
    values = np.array([[d.outcome, d.cost, f.outcome, f.cost] for d, f in pairs]).reshape(-1, 4)
    reason = _refusal(values, unpaired, len(by_task))
    if reason:
        return Replay(
            Outcome.INSUFFICIENT_DATA, reason, None, None, None, confidence, wanted, len(pairs), unpaired, None, "none",
            is_simulated,
        )  # fmt: skip
    log_ratio, se = _log_ratio(values[None])
    draws = _studentised(values, float(log_ratio[0]))
    cut = np.quantile(draws, [1 - confidence, confidence])
    low, high = (float(np.exp(log_ratio[0] - q * se[0])) for q in (cut[1], cut[0]))
    ratio = float(np.exp(log_ratio[0]))
    spread = values[:, [0, 2]].std(axis=0)
    correlation = float(np.corrcoef(values[:, 0], values[:, 2])[0, 1]) if (spread > 0).all() else None
    outcome = Outcome.PASS if low > wanted else Outcome.FAIL if high < wanted else Outcome.INCONCLUSIVE
    bound = f"at least {low:.3f}" if outcome is Outcome.PASS else f"{low:.3f} to {high:.3f}"
    text = (
        f"outcome per cost is {ratio:.3f} times that of the fixed allocation ({bound} by one-sided {confidence:.0%} "
        f"bounds); wanted is above {wanted:g}"
    )
    return Replay(outcome, text, ratio, low, high, confidence, wanted, len(pairs), unpaired, correlation,
                  f"ratio of sums over {len(pairs)} paired tasks, bootstrap-t", is_simulated)  # fmt: skip


def _refusal(values: np.ndarray, unpaired: int, count: int) -> str:
    if count and unpaired > 0.1 * count:
        return (
            f"{unpaired} of {count} tasks have not run once under each policy; at most a tenth may be missing"
        )
    if len(values) < FEWEST:
        return f"{len(values)} paired tasks; at least {FEWEST} are needed"
    if (values[:, [1, 3]] < 0).any() or (values[:, [1, 3]].sum(axis=0) <= 0).any():
        return "costs must not be negative, and something must have been spent under each policy"
    if (values[:, [0, 2]].sum(axis=0) <= 0).any():
        return "outcomes must sum to more than 0 under each policy for a ratio to mean anything"
    if _log_ratio(values[None])[1][0] == 0:
        return "all tasks have the same ratio: without spread no bound can be given"
    return ""


def _log_ratio(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """ln R and its standard error (b,) of samples (b, n, 4); NaN where a sum is not positive."""
    means = values.mean(axis=1)
    with np.errstate(all="ignore"):
        log_ratio = np.log(means[:, 0]) - np.log(means[:, 1]) - np.log(means[:, 2]) + np.log(means[:, 3])
        parts = values / means[:, None, :]
        d = parts[..., 0] - parts[..., 1] - parts[..., 2] + parts[..., 3]
        return log_ratio, d.std(axis=1, ddof=1) / np.sqrt(values.shape[1])


def _studentised(values: np.ndarray, centre: float) -> np.ndarray:
    """(ln R* - ln R) / se* over resamples of tasks; a resample without a ratio counts as far out on both sides."""
    rng, n = np.random.default_rng(SEED), len(values)
    found = []
    for _ in range(0, RESAMPLES, 500):
        log_ratio, se = _log_ratio(values[rng.integers(0, n, (500, n))])
        with np.errstate(all="ignore"):
            t = (log_ratio - centre) / se
        lost = ~np.isfinite(t)
        found += [t[~lost], np.full(int(lost.sum()), np.inf), np.full(int(lost.sum()), -np.inf)]
    return np.concatenate(found)


def simulated_tasks(
    plans: Mapping[str, Plan], laws: Sequence[Law], counts: Mapping[str, int], seed: int = SEED
) -> list[ReplayedTask]:
    """Tasks of several kinds run under each kind's own allocation and under the first kind's, for all.

    Each task is drawn once: a parameter draw of every law (what is true of this task) serves both policies, and a
    log-normal deviation of the laws' own noise. They prove the method and say nothing of a real system.

    Args:
        plans: by kind of task, alike but for their laws' segments; the first one's answer is the fixed policy.
        counts: how many tasks of each kind.

    Raises:
        ValueError: a plan has no answer.
    """
    rng = np.random.default_rng(seed)
    answers = {kind: allocate(plan, laws) for kind, plan in plans.items()}
    silent = [f"{kind}: {a.reason}" for kind, a in answers.items() if a.cost is None]
    if silent:
        raise ValueError("; ".join(silent))
    fixed = next(iter(answers.values()))
    found = []
    for kind, plan in plans.items():
        question = question_of(plan, laws_of(plan, laws, ()), {})
        picks = {w.law_id: rng.integers(0, len(w.draws), counts[kind]) for w in question.laws}
        noise = np.sqrt(sum((t.law.noise or 0.0) ** 2 for t in question.terms))
        luck = np.exp(rng.normal(0.0, noise, counts[kind]))
        for policy, answer in (("dynamic", answers[kind]), ("fixed", fixed)):
            amounts = {a.dimension: np.array([float(a.amount or 0.0)]) for a in answer.amounts}
            outcomes = question.outcome(question.drawn_gain(amounts, picks)[:, 0]) * luck
            cost = float(question.purse.tariff.cost({n: float(a[0]) for n, a in amounts.items()}))
            found += [
                ReplayedTask(f"{kind}-{i}", policy, float(value), cost) for i, value in enumerate(outcomes)
            ]
    return found
