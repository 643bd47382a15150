"""Next runs against even and random spending: the width of the interval at a target, runs really made and refitted.

What belongs here: planted truths, pilots, batches by each way, refits, the table. What does not: the design
(``scaling_assets.science.planning``), which is asked through its own door.

    python -m benchmarks.next_runs            # 200 truths a pilot; --truths 20 for a quick look

Every truth is one of four families with random parameters and run noise. A pilot is fitted, a batch of 6 of 60
candidates is chosen (the plan kind ``next_runs``; evenly over the candidates; at random), its runs are drawn from
the truth, and everything is fitted again by the package's own fit. The width is that of the 90 % interval of the
curve at twice the largest candidate, ln(high / low), by the law of the planted family ("form known") and by the
average of five families ("form unknown"); covered is how often it holds the true curve. "Best for a line" is the
same ratio of widths for a straight line in ln x with known noise, where the optimum can be computed.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import Law
from scaling_assets.records.trial import trial_columns
from scaling_assets.science.fitting.fit import fit_each
from scaling_assets.science.fitting.predict import predict
from scaling_assets.science.fitting.problem import problems_of
from scaling_assets.science.laws import FAMILIES
from scaling_assets.science.planning import PLAN_KINDS, PlanCase, answer
from scaling_assets.science.planning.believed import answering
from scaling_assets.science.planning.candidates import place_text
from scaling_assets.science.planning.spending import evenly

CANDIDATES = np.geomspace(1, 1000, 60)
TARGET, LEVEL, BUDGET = 2000.0, 0.9, 6
#: pilot: its scales, and the extrapolation limit that the law question declares.
PILOTS = {
    "8 scales, 1 to 100": (np.geomspace(1, 100, 8), 20.0),
    "6 scales, 1 to 1000": (np.geomspace(1, 1000, 6), 2.0),
    "8 scales, 1 to 1000": (np.geomspace(1, 1000, 8), 2.0),
    "4 scales twice, 1 to 1000": (np.repeat(np.geomspace(1, 1000, 4), 2), 2.0),
}
EVEN = (12, 18, 24)  # further even batches, until one is as narrow as the design's
FAMILIES_ASKED = ("constant", "logarithmic", "linear", "power", "power_floor")


@dataclass(frozen=True, eq=False)
class Truth:
    """A curve and the standard deviation of the logarithm of a run around it."""

    family: str
    theta: np.ndarray
    noise: float

    def curve(self, x: np.ndarray) -> np.ndarray:
        """The true curve (n,) at x (n,)."""
        return np.asarray(FAMILIES[self.family].curve(self.theta, x[:, None]))

    def runs(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Measured values (n,)."""
        return self.curve(x) * np.exp(self.noise * rng.standard_normal(len(x)))


def truth(rng: np.random.Generator, i: int) -> Truth:
    """The i-th truth: families take turns, parameters and noise (3 to 10 %) are random."""
    family, noise = ("power", "power_floor", "logarithmic", "linear")[i % 4], rng.uniform(0.03, 0.10)
    if family == "power":
        return Truth(family, np.array([rng.uniform(1, 10), rng.uniform(-0.8, 0.8)]), noise)
    if family == "power_floor":
        return Truth(
            family, np.array([rng.uniform(0.5, 2), rng.uniform(1, 10), rng.uniform(0.2, 0.8)]), noise
        )
    if family == "logarithmic":
        return Truth(family, np.array([rng.uniform(5, 10), rng.uniform(0.3, 1.5)]), noise)
    return Truth(family, np.array([rng.uniform(5, 10), rng.uniform(0.005, 0.05)]), noise)


def experiment(limit: float) -> Experiment:
    """The planted experiment."""
    return Experiment.model_validate({
        "name": "planted", "title": "Planted", "mode": "simulated", "dimensions": [{"name": "x", "unit": "items"}],
        "metrics": [{"name": "y", "unit": "ms", "lower": 0}],
        "laws": [{"metric": "y", "by": ["x"], "bootstrap": 100, "families": FAMILIES_ASKED,
                  "extrapolation_limit": limit}],
    })  # fmt: skip


@dataclass(frozen=True, eq=False)
class Trial:
    """All truths under one pilot, with what was measured first."""

    declared: Experiment
    truths: list[Truth]
    first: list[tuple[np.ndarray, np.ndarray]]

    def frame(self, x: np.ndarray, y: np.ndarray) -> pd.DataFrame:
        """Runs as the trial frame of the planted experiment."""
        rows = {"metric": "y", "unit": [f"u{i}" for i in range(len(x))], "x": x, "value": y, "n": 1}
        frame = pd.DataFrame({**rows, "is_simulated": True})
        return frame.reindex(columns=list(trial_columns(self.declared)))

    def fitted(self, places: Sequence[np.ndarray] | None = None) -> list[list[Law]]:
        """Laws of the pilots, with further runs at these places; a truth has the same luck in every way."""
        problems = []
        for i, (one, (x, y)) in enumerate(zip(self.truths, self.first, strict=True)):
            more = np.zeros(0) if places is None else places[i]
            values = one.runs(more, np.random.default_rng([7, i]))
            frame = self.frame(np.concatenate([x, more]), np.concatenate([y, values]))
            problems.append(problems_of(self.declared, frame)[0])
        return fit_each(problems)

    def chosen(self, i: int, laws: Sequence[Law], family: str | None) -> tuple[np.ndarray, float]:
        """Places of the batch (6,) that the plan kind chooses, and the width it expects."""
        question = PLAN_KINDS["next_runs"].Question.model_validate({
            "name": "next", "kind": "next_runs", "title": "Next", "budget": BUDGET, "level": LEVEL,
            "target": {"law": {"experiment": "planted", "metric": "y", "family": family}, "at": {"x": TARGET}},
            "candidates": {"values": {"x": CANDIDATES.tolist()}, "cost": {"fixed": 1}},
        })  # fmt: skip
        case = PlanCase(
            question,
            laws,
            trials={"planted": self.frame(*self.first[i])},
            experiments={"planted": self.declared},
        )
        found = answer(case)
        labels = {place_text(("x",), np.array([x])): x for x in CANDIDATES}
        runs = [f for f in found.part("batch") if f.quantity == "runs"]
        places = [labels[f.item] for f in runs for _ in range(int(f.value or 0))]
        after = [
            f for f in found.part("expected") if (f.item, f.quantity) == ("after_this_batch", "estimate")
        ]
        low, high = (after[0].low, after[0].high) if after else (None, None)
        return np.array(places), float(np.log(high / low)) if low and high and low > 0 else np.nan


def at_target(laws: Sequence[Law], actual: float, family: str | None) -> tuple[float, bool]:
    """Width of the interval of the curve at the target, and whether it holds the true one; infinite without one."""
    meant = [w for w in laws if not w.is_average and (w.family == family if family else w.is_leading)]
    if not meant or not meant[0].is_usable:
        return np.inf, True
    asked = answering(meant[0], laws, is_named=family is not None)
    found = predict(asked, {"x": TARGET}, kind="mean_curve", level=LEVEL)
    if found.low is None or found.high is None or not found.low > 0:
        return np.inf, True
    return float(np.log(found.high / found.low)), found.low <= actual <= found.high


def for_a_line(pilot: np.ndarray) -> float:
    """Width after the best batch over width after the even one, for a straight line in ln x with known noise."""

    def variance(x: np.ndarray) -> float:
        rows = np.stack([np.ones(len(x)), np.log(x)])
        at = np.array([1.0, np.log(TARGET)])
        return float(at @ np.linalg.solve(rows @ rows.T, at))

    ends = [np.repeat([CANDIDATES[0], CANDIDATES[-1]], [k, BUDGET - k]) for k in range(BUDGET + 1)]
    best = min(
        variance(np.concatenate([pilot, batch])) for batch in ends
    )  # variance is convex: only ends are best
    return float(np.sqrt(best / variance(np.concatenate([pilot, CANDIDATES[evenly(60, BUDGET)]]))))


def compare(pilot: str, count: int) -> list[dict[str, float | int | str]]:
    """Two lines of the table, form known and unknown: medians over truths of each way, and their ratios."""
    rng = np.random.default_rng([2026, list(PILOTS).index(pilot)])
    x, limit = PILOTS[pilot]
    truths = [truth(rng, i) for i in range(count)]
    trial = Trial(experiment(limit), truths, [(x, one.runs(x, rng)) for one in truths])
    before = trial.fitted()
    refits = {
        "even": trial.fitted([CANDIDATES[evenly(60, BUDGET)]] * count),
        "random": trial.fitted([rng.choice(CANDIDATES, BUDGET) for _ in truths]),
    }
    further = {more: trial.fitted([CANDIDATES[evenly(60, more)]] * count) for more in EVEN}
    lines: list[dict[str, float | int | str]] = []
    for form in ("known", "unknown"):
        names = [one.family if form == "known" else None for one in truths]
        chosen = [trial.chosen(i, laws, names[i]) for i, laws in enumerate(before)]
        ways = {"design": trial.fitted([places for places, _ in chosen]), **refits}
        actual = [float(one.curve(np.array([TARGET]))[0]) for one in truths]

        def seen(
            some: Sequence[Sequence[Law]],
            actual: Sequence[float] = actual,
            names: Sequence[str | None] = names,
        ) -> tuple[np.ndarray, float]:
            found = [at_target(laws, a, name) for laws, a, name in zip(some, actual, names, strict=True)]
            return np.array([w for w, _ in found]), float(np.mean([h for _, h in found]))

        found = {way: seen(laws) for way, laws in ways.items()}
        width = {way: float(np.median(widths)) for way, (widths, _) in found.items()}
        reached = [BUDGET] if width["even"] <= width["design"] else []
        reached += [
            more for more, laws in further.items() if float(np.median(seen(laws)[0])) <= width["design"]
        ]
        lines.append({
            "pilot": pilot, "form": form, "n": count, "before": float(np.median(seen(before)[0])), **width,
            "design/even": width["design"] / width["even"], "design/random": width["design"] / width["random"],
            "best for a line": for_a_line(x),
            "even runs for the same": f"at most {reached[0]}" if reached else f"more than {EVEN[-1]}",
            "expected by the plan": float(np.nanmedian([one[1] for one in chosen])),
            **{f"covered, {way}": holds for way, (_, holds) in found.items()},
        })  # fmt: skip
    return lines


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--truths", type=int, default=200, help="planted truths a pilot")
    count = parser.parse_args().truths
    for pilot in PILOTS:
        started = time.process_time()
        for line in compare(pilot, count):
            words = (f"{k} {v:.3g}" if isinstance(v, float) else f"{k} {v}" for k, v in line.items())
            print("; ".join(words), flush=True)
        print(f"CPU {time.process_time() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
