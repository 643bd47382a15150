"""How often the global optimum is found: random problems of each family, ours against many starts of scipy.

    python -m benchmarks.global_optimum

Problems are drawn from the boxes in ``boxes``. The best objective known for a problem is the lowest of ours and of
all reference runs: one from the truth and the others from parameters drawn from the same box, each scipy's
least_squares (trust region, exact Jacobian, the bounds that the family declares) on residuals of ln y; for Chinchilla
L-BFGS-B under the summed Huber loss from the published grid and from the truth. A way found the optimum when it ends
within 1e-6 of the best known. A reference run is a local search: the shares of one run say how hard problems are.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from benchmarks import boxes, ours
from benchmarks.boxes import Planted
from benchmarks.designs import Runs
from benchmarks.harness import Report, Timing, Way, Work, interleave, machine, main, slower
from benchmarks.peers import chinchilla_bfgs as published
from scaling_assets.science.laws import FAMILIES
from scaling_assets.science.laws.family import Seen

FOUND = 1e-6
STARTS = 20  # reference runs a problem, one of them from the truth
#: Share of problems in which ours is to find the optimum.
GOALS = {"broken_power_1": 0.95, "chinchilla": 0.985, "saturating_power": 0.99, "power": 0.995}
GOAL = 0.995


@dataclass(frozen=True, eq=False)
class Ends:
    """Objectives per problem: ours by engine, the reference runs (problems, starts; the first from the truth)."""

    ours: dict[str, np.ndarray]
    reference: np.ndarray

    @property
    def best(self) -> np.ndarray:
        """The lowest objective known for each problem."""
        return np.min([*self.ours.values(), self.reference.min(axis=1)], axis=0)

    def found(self, objective: np.ndarray) -> np.ndarray:
        """In which problems this objective is the best one known."""
        return objective <= self.best * (1 + FOUND)

    def share(self, objective: np.ndarray) -> float:
        """Share of problems in which this objective is the best one known."""
        return float(np.mean(self.found(objective)))


NAMES = (*boxes.BOXES, "chinchilla")


def report(problems: int, families: Sequence[str] = NAMES) -> Report:
    """One row a family: shares found, and CPU time of a global fit."""
    names = [name for name in families if name in FAMILIES]
    rows, checks = [], {}
    for name in names:
        row, ends = _row(name, problems)
        rows.append(row)
        goal = GOALS.get(name, GOAL)
        for way, objective in ends.ours.items():
            checks[f"{name}: {way} finds the optimum in at least {goal:.1%} of {problems} problems"] = (
                ends.share(objective) >= goal
            )
    sizes = "6 to 12 levels (broken power 24 to 36, Chinchilla 15 to 249 points), noise .1 to 10 %"
    setup = f"{STARTS} reference runs a problem; {sizes}"
    absent = [f"{name}: no row, the family is not registered" for name in families if name not in FAMILIES]
    return Report("Global optimum", [machine(), setup, *absent], rows, checks)


def _row(name: str, problems: int) -> tuple[dict, Ends]:
    rng = np.random.default_rng([2026, *name.encode()])
    draw = boxes.chinchilla if name == "chinchilla" else lambda r: boxes.problem(name, r)
    planted = [draw(rng) for _ in range(problems)]
    starts = [_starts(name, one, rng) for one in planted]
    ways = [Way(f"ours, {engine}", _ours(name, planted, engine)) for engine in ours.ENGINES]
    ways.append(Way("reference", _reference(name, planted, starts)))
    # One round a problem: each problem is solved by all ways before the next one comes.
    timed = interleave(ways, problems)
    ends = Ends(
        {way.name: np.array([w.result[0] for w in timed[way.name].works]) for way in ways[:-1]},
        np.array([w.result for w in timed["reference"].works]),
    )
    lowest = ends.reference.min(axis=1)
    row: dict = {"family": name, "n": problems}
    for way, objective in ends.ours.items():
        row |= {
            way: ends.share(objective),
            f"{way}: found, but called no optimum": _doubted(timed[way], ends.found(objective)),
            f"{way}, CPU ms": 1e3 * timed[way].median,
        }
    first = next(iter(ends.ours))
    row |= {
        "one reference run": float(np.mean([ends.share(column) for column in ends.reference[:, 1:].T])),
        "from the truth": ends.share(ends.reference[:, 0]),
        f"best of {STARTS}": ends.share(lowest),
        "ours lower than all runs": float(np.mean(ends.ours[first] < lowest * (1 - FOUND))),
        f"{STARTS} runs slower than {first}": slower(timed["reference"], timed[first]).median,
    }
    return row, ends


def _doubted(timing: Timing, found: np.ndarray) -> float:
    """Share of problems whose optimum was found, but not believed: the package calls such a fit failed."""
    believed = np.array([work.result[1] for work in timing.works])
    return float(np.mean(found & ~believed))


def _ours(name: str, planted: list[Planted], engine: str) -> Callable[[int], Work]:
    estimator = ours.HUBER if name == "chinchilla" else ours.LEAST_SQUARES
    asked = [ours.problem(one.x, one.y, (name,), estimator) for one in planted]

    def turn(number: int) -> Work:
        theta, is_optimum = ours.point_fit(asked[number], name, engine=engine)
        return Work(1, (_objective(name, planted[number], theta), is_optimum))

    return turn


def _reference(name: str, planted: list[Planted], starts: list[np.ndarray]) -> Callable[[int], Work]:
    search = _search_chinchilla if name == "chinchilla" else _search

    def turn(number: int) -> Work:
        one = planted[number]
        with np.errstate(all="ignore"):
            return Work(
                1, np.array([_objective(name, one, search(name, one, start)) for start in starts[number]])
            )

    return turn


def _starts(name: str, one: Planted, rng: np.random.Generator) -> np.ndarray:
    if name == "chinchilla":
        picked = published.GRID[rng.choice(len(published.GRID), STARTS - 1, replace=False)]
        with np.errstate(divide="ignore"):
            floor = np.log(np.maximum(one.truth[:3], 1e-3))
        return np.vstack([np.concatenate([floor, one.truth[3:]]), picked])
    others = [boxes.other_truth(name, one.x, rng) for _ in range(STARTS - 1)]
    return np.vstack([one.truth, *others])


def _objective(name: str, one: Planted, theta: np.ndarray) -> float:
    """The objective at natural parameters, infinity where there is no curve."""
    with np.errstate(all="ignore"):
        r = np.log(FAMILIES[name].curve(theta, one.x)) - np.log(one.y)
        found = float(np.sum(published.huber(r) if name == "chinchilla" else r * r))
    return found if np.isfinite(found) else np.inf


def _search(name: str, one: Planted, start: np.ndarray) -> np.ndarray:
    """One run of least_squares in natural parameters; the start when it cannot take a step."""
    family = FAMILIES[name]
    z, target = family.coordinates(one.x), np.log(one.y)

    def residuals(theta: np.ndarray) -> np.ndarray:
        return np.nan_to_num(np.log(family.evaluate(theta, z)[0]) - target, nan=1e6, posinf=1e6, neginf=-1e6)

    def jacobian(theta: np.ndarray) -> np.ndarray:
        y, dy = family.evaluate(theta, z)
        return np.nan_to_num((dy / y).T, nan=0.0, posinf=0.0, neginf=0.0)

    # The box of the search, in natural parameters: a break is sought inside the measured range.
    seen = Seen(z[:, :, None], one.y[:, None], np.ones((len(one.y), 1), dtype=bool))
    lower, upper = (end[:, 0] for end in family.box(seen))
    found = least_squares(
        residuals, np.clip(start, lower, upper), jacobian, bounds=(lower, upper), x_scale="jac",
        ftol=1e-12, xtol=1e-12, gtol=1e-12, max_nfev=200,
    )  # fmt: skip
    return found.x


def _search_chinchilla(name: str, one: Planted, start: np.ndarray) -> np.ndarray:
    loss = published.Loss(Runs(one.x[:, 0], one.x[:, 1], one.y, "planted", False))
    return published.natural(published.point_exact(loss, start))


def _reports(chosen: argparse.Namespace) -> list[Report]:
    return [report(3 if chosen.quick else 1000 if chosen.full else 200)]


if __name__ == "__main__":
    main(__doc__, _reports, {"full": "1,000 problems a family (default 200)"})
