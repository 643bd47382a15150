"""Newly landed runs against a law: how often an unchanged system is ever flagged, how soon a changed one is.

What belongs here: planted series of landings, looked at one after another as a refit looks at them. What does not:
speed. A series is flagged when its law is at any of its looks; the stated chance holds for the whole series.
"""

import argparse
from dataclasses import dataclass, replace

import numpy as np

from scaling_assets.records.law import Law, LawStatus, ParameterEstimate
from scaling_assets.records.look import Evidence
from scaling_assets.records.question import LawQuestion
from scaling_assets.science.comparing.shift import Inputs, look, wealth
from scaling_assets.science.fitting import Problem

ALPHA = 0.05


@dataclass(frozen=True)
class Series:
    """Runs at first, then ``looks`` landings of ``runs`` each; what changes at look ``at`` (None: nothing).

    ``noise`` "normal" or "t3"; ``scales`` "drawn" from all scales, or "ladder": each landing has them in turn.
    """

    first: int
    runs: int
    looks: int
    noise: str = "normal"
    scales: str = "drawn"
    change: str = ""
    at: int = 3
    size: float = 0.0

    @property
    def label(self) -> str:
        """For the table."""
        what = f", {self.change} {self.size:g}" if self.change else ""
        return f"{self.first} + {self.looks} x {self.runs}, {self.noise}, {self.scales}{what}"


UNCHANGED = (
    Series(18, 6, 20), Series(18, 1, 30), Series(18, 6, 20, "t3"), Series(18, 1, 30, "t3"),
    Series(18, 6, 20, scales="ladder"),
)  # fmt: skip
CHANGED = (
    Series(30, 18, 5, change="level", size=0.05), Series(30, 18, 5, change="exponent", size=0.05),
    Series(30, 18, 5, change="noise", size=3.0), Series(30, 18, 5, change="scales", size=4.0),
    Series(30, 18, 5, change="mix", size=1.0), Series(30, 1, 20, change="level", size=0.1),
)  # fmt: skip


def power_law(problem: Problem) -> Law:
    """A power law by least squares of logarithms: the tests ask for its curve and slopes only, a full fit is slow."""
    design = np.column_stack([np.ones(len(problem.y)), np.log(problem.x[:, 0])])
    (log_a, b), *_ = np.linalg.lstsq(design, np.log(problem.y), rcond=None)
    estimates = tuple(
        ParameterEstimate(n, float(v), None, None, 0.95, "") for n, v in (("a", np.exp(log_a)), ("b", b))
    )
    spread = np.linspace(-1, 1, 50)[:, None] * np.array([np.exp(log_a), 1.0]) * 0.01
    return Law(
        "l", "lab", "q", "y", ("x",), {}, "power", LawStatus.CONVERGED, "", estimates, "least_squares", "log",
        np.array([np.exp(log_a), b]) + spread, problem.domain, 0.03, len(problem.y), problem.n_units, 6, 2.0, 1, "", "",
    )  # fmt: skip


def flagged_at(series: Series, rng: np.random.Generator) -> int | None:
    """The look at which the law is flagged first; None where it never is."""
    grid = np.geomspace(10, 1000, 6)
    total = series.first + series.runs * series.looks
    landing = np.concatenate(
        [np.zeros(series.first, int), np.repeat(np.arange(series.looks) + 1, series.runs)]
    )
    x = grid[np.arange(total) % 6] if series.scales == "ladder" else rng.choice(grid, total)
    noise = rng.normal(size=total) if series.noise == "normal" else rng.standard_t(3, size=total) / 3**0.5
    is_after = (landing >= series.at) & bool(series.change)
    share = np.where(is_after & (series.change == "mix"), series.size, 0.5)
    place = np.where(rng.uniform(size=total) < share, "a", "b")
    if series.change == "scales":
        x = np.where(is_after, x * series.size, x)
    sd = 0.03 * np.where(is_after & (series.change == "noise"), series.size, 1.0)
    shift = np.where(is_after & (series.change == "level"), series.size, 0.0)
    bend = np.where(is_after & (series.change == "exponent"), series.size, 0.0)
    y = 10 * (x / 100) ** (0.35 + bend) * np.exp(shift + sd * noise)
    question = LawQuestion(metric="y", by=("x",), families=("power",), bootstrap=50)
    unit = np.array([f"{i:05}" for i in range(total)], dtype=object)
    whole = Problem("lab", question, x[:, None], y, unit)
    problems = []
    for k in range(1, series.looks + 1):
        keep = landing <= k
        problems.append(replace(whole, x=whole.x[keep], y=whole.y[keep], unit=whole.unit[keep]))
    evidence: dict[str, Evidence] = {}
    for k, problem in enumerate(problems, start=1):
        n, law = len(problem.y), power_law(problem)
        inputs = Inputs({"x": problem.x[:, 0]}, {"place": place[:n]})
        evidence = look(law, problem, landing[:n] == k, inputs, evidence)
        if wealth(evidence.values()) >= 1 / ALPHA:
            return k
    return None


def main() -> None:
    """Print one line a kind of series."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--repetitions", type=int, default=200)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    print(f"{given.repetitions} series each; flagged at any look, alpha {ALPHA}")
    for series in (*UNCHANGED, *CHANGED):
        rng = np.random.default_rng(given.seed)
        found = [flagged_at(series, rng) for _ in range(given.repetitions)]
        after = [k - series.at + 1 for k in found if k is not None and k >= series.at]
        early = sum(k is not None and (not series.change or k < series.at) for k in found) / len(found)
        if not series.change:
            print(f"{series.label}: ever flagged {early:.3f}", flush=True)
            continue
        within = [sum(k <= n for k in after) / len(found) for n in (1, 3, series.looks)]
        print(f"{series.label}: before {early:.3f}; within 1, 3, all landings "
              + ", ".join(f"{w:.3f}" for w in within), flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
