"""A batch of next runs as figures and sentences: what to run, what it is expected to settle, what others would need.

What lives here: tables and words of the kind ``next_runs``. What does not: choosing (``design``, ``next_runs``).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import Law
from scaling_assets.records.planned import ANSWERED, WAITING, Figure
from scaling_assets.records.verdict import Outcome, Verdict
from scaling_assets.science.allocation.levels import exact
from scaling_assets.science.planning.candidates import Made, place_text, price_at
from scaling_assets.science.planning.design import MAX_RUNS, Question, score
from scaling_assets.science.planning.kind import Answered
from scaling_assets.science.planning.runs_target import Asked
from scaling_assets.science.planning.spending import even_runs_for, extended, random_batch, uniform_batch

if TYPE_CHECKING:
    from scaling_assets.science.planning.next_runs import NextRunsQuestion

RANDOM_BATCHES, SEED = 64, 20_240_229
NAMES = {
    "variance": "c-optimal", "determinant": "D-optimal", "separation": "T-optimal",
}  # fmt: skip


def batch_told(
    question: "NextRunsQuestion",
    asked: Asked,
    made: Made,
    design: Question,
    counts: np.ndarray,
    used: Sequence[Law],
) -> Answered:
    """The answer for a batch of ``counts`` (n,) runs."""
    uniform, before = uniform_batch(design), score(design, np.zeros(design.n, dtype=int))
    rng = np.random.default_rng(SEED)
    random = [random_batch(design, rng) for _ in range(RANDOM_BATCHES)]
    values = [
        before,
        score(design, counts),
        score(design, uniform),
        float(np.median([score(design, r) for r in random])),
    ]
    costs = [0.0, *(float(design.purse.spent(c)) for c in (counts, uniform)),
             float(np.median([float(design.purse.spent(r)) for r in random]))]  # fmt: skip
    rows = ("now", "after_this_batch", "after_even_spending", "after_random_spending")
    figures = [*_batch(question, made, design, counts)]
    for item, value, cost in zip(rows, values, costs, strict=True):
        figures += _expected(question, asked, design, item, value, before, cost)
    figures += _needed(question, design, counts, uniform)
    words = [f"{int(counts.sum())} runs for {costs[1]:g} of {question.budget:g} {question.currency}"]
    remedy = ""
    if asked.settles is not None:
        told, sentence, remedy = _gate(question, asked, design, counts)
        figures += told
        words.append(sentence)
    if not counts.any():
        words = ["no candidate would teach anything about the target"]
    families = ", ".join(dict.fromkeys(law.family for law in used))
    name = (
        "V-optimal"
        if len(design.worlds[0].targets) > 1 and asked.what == "curve"
        else NAMES[design.criterion]
    )
    reason = "; ".join(filter(None, (_why(design, values), _replicates(design, counts), *made.left_out)))
    return Answered(
        ANSWERED, f"{asked.words}: {'; '.join(words)}", reason, remedy, tuple(figures),
        tuple(law.law_id for law in used), question.level,
        f"{name} over draws of {families}; greedy search with exchanges", asked.law.is_simulated,
    )  # fmt: skip


def start_told(
    question: "NextRunsQuestion", made: Made, counts: np.ndarray, why: str, is_simulated: bool
) -> Answered:
    """The answer where no law can say yet which runs are best."""
    figures = _rows(question, made, counts)
    cost = sum(f.value or 0.0 for f in figures if f.quantity == "cost")
    return Answered(
        WAITING, f"run these {int(counts.sum())} first, for {cost:g} of {question.budget:g} {question.currency}",
        why, "Run them, fit again, and ask again: the law then says which runs are best.", tuple(figures),
        method="spread over the candidates (maximin in logarithms), then replicates", is_simulated=is_simulated,
    )  # fmt: skip


def more_of_the_same(question: "NextRunsQuestion", verdict: Verdict, experiment: Experiment) -> Answered:
    """The answer for a gate that only more runs like those at hand can settle: what the verdict says it needs."""
    reason, needed = verdict.reason, verdict.runs_needed
    if needed is None:
        headline = f"no number of runs like these would settle gate {verdict.gate}"
        if verdict.outcome is Outcome.INSUFFICIENT_DATA:
            headline = f"gate {verdict.gate} has insufficient data to say how many runs it needs"
        return Answered(WAITING, headline, reason, verdict.remedy, is_simulated=verdict.is_simulated)
    where = next(gate.where for gate in experiment.gates if gate.name == verdict.gate)
    axes = [d.name for d in experiment.dimensions if isinstance(where.get(d.name), int | float)]
    place = {axis: float(where[axis]) for axis in axes}  # type: ignore[arg-type]
    at = f"at {place_text(axes, np.array(list(place.values())))}" if place else "like those at hand"
    figures = [
        Figure(
            "gate", verdict.gate, "runs_needed", float(needed), unit="runs", text=at, method=verdict.method
        )
    ]
    price = price_at(question.candidates, place) if place else None
    remedy = "Runs elsewhere say nothing about it."
    if price is not None:
        figures.append(Figure("gate", verdict.gate, "cost", needed * price, unit=question.currency))
        bought = int(exact(question.budget) / exact(price))
        if bought < needed:
            remedy += f" The budget of {question.budget:g} {question.currency} buys {bought:,} of them."
    headline = f"gate {verdict.gate} needs {needed:,} more runs {at}"
    return Answered(ANSWERED, headline, reason, remedy, tuple(figures), method=verdict.method,
                    is_simulated=verdict.is_simulated)  # fmt: skip


def ratio_of(design: Question, value: float, before: float) -> float:
    """Standard deviation of the target (of a typical parameter) after a batch, relative to what it is now."""
    if design.criterion == "variance":
        return float(np.sqrt(max(value, 0.0) / before)) if before > 0 else 1.0
    return float(np.exp((value - before) / 2))


def _rows(
    question: "NextRunsQuestion", made: Made, counts: np.ndarray, more: Callable[[int], Figure] | None = None
) -> list[Figure]:
    """A row a place, or a place and context where contexts take turns; ``more`` adds a cell to each."""
    found: list[Figure] = []
    contexts, turn = question.candidates.context_texts, 0
    for i in map(int, np.flatnonzero(counts)):
        shared = [0] * len(contexts)
        for _ in range(int(counts[i])):
            shared[turn % len(contexts)] += 1
            turn += 1
        for context, runs in zip(contexts, shared, strict=True):
            if not runs:
                continue
            item, cost = ", ".join(filter(None, (made.label(i), context))), made.costs[i]
            found += [
                Figure("batch", item, "runs", float(runs), unit="runs"),
                Figure("batch", item, "cost_of_one", cost, unit=question.currency),
                Figure("batch", item, "cost", runs * cost, unit=question.currency),
            ]
            found += [replace(more(i), item=item)] if more else []
    return found


def _batch(question: "NextRunsQuestion", made: Made, design: Question, counts: np.ndarray) -> list[Figure]:
    """The runs, and for each place what would be lost without one of its runs."""
    whole = score(design, counts)

    def lost(i: int) -> Figure:
        fewer = counts.copy()
        fewer[i] -= 1
        without = score(design, fewer)
        if (
            design.criterion == "variance" and whole > 0
        ):  # how much larger the variance is with one run fewer here
            return Figure("batch", "", "variance_without_one", 100 * (without / whole - 1), unit="% more")
        return Figure("batch", "", "criterion_without_one", without - whole, unit="1")

    return _rows(question, made, counts, lost)


def _expected(
    question: "NextRunsQuestion",
    asked: Asked,
    design: Question,
    item: str,
    value: float,
    before: float,
    cost: float,
) -> list[Figure]:
    found = [Figure("expected", item, "cost", cost, unit=question.currency)]
    if design.criterion == "separation":
        distance = float(np.sqrt(abs(value)))
        return [*found, Figure("expected", item, "distance", distance, unit="standard deviations")]
    ratio = ratio_of(design, value, before)
    if asked.ends is not None:
        low, high = asked.ends.after(ratio)
        found.append(
            Figure(
                "expected",
                item,
                "estimate",
                asked.ends.value,
                low,
                high,
                asked.ends.unit,
                method=asked.ends.method,
            )
        )
    found.append(Figure("expected", item, "sd_relative_to_now", ratio, unit="1"))
    return found


def _needed(
    question: "NextRunsQuestion", design: Question, counts: np.ndarray, uniform: np.ndarray
) -> list[Figure]:
    """How many evenly spent runs reach what the batch reaches."""
    runs, goal = int(counts.sum()), score(design, counts)
    if not runs:
        return []
    even = even_runs_for(design, goal)
    found = [Figure("runs_for_the_same", "this_batch", "runs", float(runs), unit="runs")]
    if even is None:
        text = f"more than {MAX_RUNS} evenly spread runs"
        return [
            *found,
            Figure("runs_for_the_same", "even_spending", "runs", low=float(MAX_RUNS), unit="runs", text=text),
        ]
    cost, spent = (
        float(sum(even * np.array([float(c) for c in design.purse.costs]))),
        float(design.purse.spent(counts)),
    )
    return [
        *found,
        Figure("runs_for_the_same", "this_batch", "cost", spent, unit=question.currency),
        Figure("runs_for_the_same", "even_spending", "runs", float(even.sum()), unit="runs",
               text=f"{even.sum() / runs:.2g} times as many"),
        Figure("runs_for_the_same", "even_spending", "cost", cost, unit=question.currency,
               text=f"{cost / spent:.2g} times as much"),
    ]  # fmt: skip


def _gate(
    question: "NextRunsQuestion", asked: Asked, design: Question, counts: np.ndarray
) -> tuple[list[Figure], str, str]:
    """Whether the batch is expected to settle the gate; how many runs would, at best and like those at hand."""
    assert asked.settles is not None and asked.ends is not None and asked.verdict is not None
    settles, ends, verdict = asked.settles, asked.ends, asked.verdict
    before = score(design, np.zeros(design.n, dtype=int))

    def enough(batch: np.ndarray) -> bool:
        return settles(ends.after(ratio_of(design, score(design, batch), before)))

    found = []
    if verdict.runs_needed is not None:
        found.append(Figure("gate", verdict.gate, "like_those_at_hand", float(verdict.runs_needed), unit="runs",
                            text="as the verdict says"))  # fmt: skip
    best = extended(design, np.zeros(design.n, dtype=int), enough)
    if best is None:
        found.append(Figure("gate", verdict.gate, "at_the_best_places", text=f"not by {MAX_RUNS} of these"))
        return (
            found,
            f"gate {verdict.gate} stays open whatever is run of these",
            "Ask for less, or add other candidates.",
        )
    cost = float(sum(best * np.array([float(c) for c in design.purse.costs])))
    found += [
        Figure("gate", verdict.gate, "at_the_best_places", float(best.sum()), unit="runs"),
        Figure("gate", verdict.gate, "cost", cost, unit=question.currency),
        Figure(
            "gate",
            verdict.gate,
            "this_batch",
            text="expected to settle it" if enough(counts) else "not enough",
        ),
    ]
    needs = f"it needs about {best.sum()} runs for {cost:g} {question.currency}"
    if enough(counts):
        return found, "expected to settle it, should the estimate stand", ""
    return found, "not expected to settle it", f"Should the estimate stand, {needs}."


def _why(design: Question, values: Sequence[float]) -> str:
    if design.criterion == "separation":
        return "the laws disagree most where these runs are"
    now, batch, even, _ = (ratio_of(design, value, values[0]) for value in values)
    return f"the standard deviation falls to {batch / now:.0%} of what it is, by even spending to {even / now:.0%}"


def _replicates(design: Question, counts: np.ndarray) -> str:
    wanted = design.purse.replicates
    if not wanted:
        return ""
    got = design.purse.pure_error(counts)
    if got >= wanted:
        return "the noise of a run is hardly known: some of these are replicates"
    return f"the noise of a run is hardly known, and the budget buys only {got} of {wanted} replicates"
