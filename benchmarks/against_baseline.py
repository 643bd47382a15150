"""Laws against a baseline: how often nothing is called a regression, how often a real one is found.

What belongs here: planted laws whose truth is known, compared as ``verdict --against`` compares them. What does
not: speed. Every law of a repetition is monitored together; an alarm is any part of any law called regressed.

Truths: nothing changed (``same``), every exponent worse by exactly the smallest change that matters (``edge``, the
least favourable truth that must not raise an alarm: half of what is seen lies beyond it), one exponent from .35 to
.40 (``exponent``), one level up by 8 % (``level``).
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scaling_assets.records.baseline import Moved
from scaling_assets.records.monitor import MinimumChange
from scaling_assets.records.question import LawQuestion
from scaling_assets.science.comparing.against import Present, against
from scaling_assets.science.comparing.snapshot import snapshot
from scaling_assets.science.fitting import Problem, fit

LAWS = 3  # monitored together
EXPONENT = 0.35
FLOOR = 20.0
MINIMUM = MinimumChange(exponent=0.02, level=0.05, floor=0.05)


@dataclass(frozen=True)
class Design:
    """A ladder of scales over two decades, runs at each, and the share of noise between runs."""

    scales: int
    runs: int
    noise: float
    family: str = "power"

    @property
    def label(self) -> str:
        """For the table."""
        return f"{self.family}, {self.scales} x {self.runs}, {self.noise:.0%}"


DESIGNS = (
    Design(5, 3, 0.03), Design(6, 5, 0.03), Design(8, 3, 0.05), Design(6, 5, 0.10), Design(8, 5, 0.03, "power_floor"),
)  # fmt: skip


def problem(
    design: Design, law: int, rng: np.random.Generator, release: str, *, bend=0.0, shift=0.0
) -> Problem:
    """Runs of one law; exponent and level (in the middle) changed by so much."""
    x = np.repeat(np.geomspace(10, 1000, design.scales), design.runs)
    if design.family == "power":
        curve = 10 * (x / 100) ** (EXPONENT + bend)
    else:
        curve = FLOOR + 80 * (x / 100) ** -(0.5 - bend)
    y = curve * np.exp(shift + design.noise * rng.normal(size=len(x)))
    question = LawQuestion(metric="y", by=("x",), families=(design.family,), bootstrap=200)
    unit = np.array([f"{release}{i}" for i in range(len(x))], dtype=object)
    return Problem(f"lab{law}", question, x[:, None], y, unit, "ms", ("items",))


def together(then: Problem, now: Problem) -> Problem:
    """All runs of both, as a store that keeps every run has them."""
    return Problem(
        now.experiment, now.question, np.concatenate([then.x, now.x]), np.concatenate([then.y, now.y]),
        np.concatenate([then.unit, now.unit]), now.metric_unit, now.axis_units,
    )  # fmt: skip


def outcomes(design: Design, repetitions: int, changes: Mapping[int, Mapping[str, float]], nested: bool, seed: int,
             minimum: MinimumChange = MINIMUM) -> list[dict[tuple[str, str], Moved]]:  # fmt: skip
    """For each repetition what was said of each law's parts; ``changes`` by law, applied to the later runs."""
    rng = np.random.default_rng(seed)
    thens = [[problem(design, k, rng, "a") for k in range(LAWS)] for _ in range(repetitions)]
    nows = [
        [problem(design, k, rng, "b", **changes.get(k, {})) for k in range(LAWS)] for _ in range(repetitions)
    ]
    if nested:
        nows = [
            [together(a, b) for a, b in zip(*pair, strict=True)] for pair in zip(thens, nows, strict=True)
        ]
    flat = [p for group in (*thens, *nows) for p in group]
    laws = iter(fit(flat))
    fitted = [[next(laws) for _ in group] for group in (*thens, *nows)]
    found = []
    for i in range(repetitions):
        taken = [snapshot(law, p, {}, "lower") for law, p in zip(fitted[i], thens[i], strict=True)]
        baseline = [one for one in taken if not isinstance(one, str)]
        present = {
            one.place: Present([law], p, {}, "lower")
            for one, law, p in zip(baseline, fitted[repetitions + i], nows[i], strict=True)
        }
        compared = against(baseline, present, lambda _: minimum)
        found.append({(c.experiment, c.role): c.outcome for c in compared})
    return found


def share(
    found: list[dict[tuple[str, str], Moved]], law: str | None, role: str | None, outcome: Moved
) -> float:
    """Share of repetitions in which a part (None: any) of a law (None: any) came out so."""
    return float(np.mean([
        any(o is outcome for (e, r), o in one.items() if law in (None, e) and role in (None, r)) for one in found
    ]))  # fmt: skip


def main() -> None:
    """Print one line a design and truth."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--repetitions", type=int, default=200)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    n, none = given.repetitions, MinimumChange(exponent=1e-9, level=1e-9, floor=1e-9)
    error = (0.05 * 0.95 / n) ** 0.5
    print(f"{n} repetitions of {LAWS} laws; alarms of any part at alpha .05 (standard error {error:.3f})")
    print("design | same | same, no minimum | edge | nested, no minimum | .35 -> .40 found | not called level |"
          " +8 % level found | not called exponent")  # fmt: skip
    for design in DESIGNS:
        edge = {k: {"bend": 0.02} for k in range(LAWS)}
        same = outcomes(design, n, {}, False, given.seed)
        bare = outcomes(design, n, {}, False, given.seed + 1, none)
        least = outcomes(design, n, edge, False, given.seed + 2)
        nested = outcomes(design, n, {}, True, given.seed + 3, none)
        bent = outcomes(design, n, {0: {"bend": 0.05}}, False, given.seed + 4)
        moved = outcomes(design, n, {0: {"shift": float(np.log(1.08))}}, False, given.seed + 5)
        alarms = [share(one, None, None, Moved.REGRESSED) for one in (same, bare, least, nested)]
        found = (
            share(bent, "lab0", "exponent", Moved.REGRESSED), 1 - share(bent, "lab0", "level", Moved.REGRESSED),
            share(moved, "lab0", "level", Moved.REGRESSED), 1 - share(moved, "lab0", "exponent", Moved.REGRESSED),
        )  # fmt: skip
        print(" | ".join([design.label, *(f"{value:.3f}" for value in (*alarms, *found))]), flush=True)


if __name__ == "__main__":
    main()
