"""Allocations: how long many plans take with all their draws, and whether their answers are the best there are.

``python -m benchmarks.allocations``            # 10,000 plans x 200 draws
``python -m benchmarks.allocations --quick``    # 300 plans
``python -m benchmarks.allocations --joint``    # joint problems with real amounts beside

Clock: CPU time of this process, linear algebra held to one thread. Every plan is another question (budget, prices,
caps); laws are shared by a hundred plans each, as plans of one lab share them. Timed is ``allocate`` whole:
reading the plan, the optimum, choosing again under every draw, baselines, words. A sample is compared with
exhaustive search.
"""

import argparse
import time
from collections.abc import Sequence
from itertools import product

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.harness import machine
from scaling_assets.records.law import Law, LawStatus, ParameterEstimate
from scaling_assets.records.plan import Plan
from scaling_assets.science.allocation import allocate
from scaling_assets.science.laws import FAMILIES

PLANS, DRAWS, SHARED, COMPARED = 10_000, 200, 100, 100
NAMES = ("agents", "rounds", "workers")


def power_law(name: str, exponent: float, rng: np.random.Generator) -> Law:
    """A converged power law with draws around its exponent."""
    theta = np.array([1.0, exponent])
    draws = theta + np.column_stack([np.zeros(DRAWS), rng.normal(0, 0.04, DRAWS)])
    estimates = tuple(
        ParameterEstimate(p.name, float(v), None, None, 0.95, "planted", p.unit, p.role)
        for p, v in zip(FAMILIES["power"].parameters, theta, strict=True)
    )
    return Law(
        law_id=f"{name}{exponent:.6f}", experiment=name, question="y_by_x", metric="y", axes=("x",), group={},
        family="power", status=LawStatus.CONVERGED, reason="", parameters=estimates, estimator="huber",
        residuals="log", draws=draws, domain=((1.0, 1e6),), noise=0.05, n_points=30, n_units=30, n_scales=5,
        extrapolation_limit=2.0, seed=1, code_version="1", data_version="v", is_leading=True,
    )  # fmt: skip


def plans(count: int, rng: np.random.Generator) -> list[tuple[Plan, list[Law]]]:
    """Three dimensions of 8, 10 and 12 levels under a tight budget."""
    found, laws = [], []
    for i in range(count):
        if i % SHARED == 0:
            laws = [power_law(n, float(rng.uniform(0.05, 0.7)), rng) for n in NAMES]
        dims = [
            {"name": n, "law": {"experiment": n, "metric": "y"}, "unit": "units", "maximum": top, "control": 1,
             "cost": round(float(rng.uniform(0.05, 1)), 2)}
            for n, top in zip(NAMES, (8, 10, 12), strict=True)
        ]  # fmt: skip
        budget = round(float(rng.uniform(1, 12)), 2)
        asked = {"name": f"p{i}", "title": "P", "budget": budget, "currency": "usd", "dimensions": dims}
        found.append((Plan.model_validate(asked), laws))
    return found


def exhaustive(plan: Plan, laws: Sequence[Law]) -> float:
    """The best log outcome within the budget; -inf when nothing is affordable."""
    levels = [np.arange(1, int(d.maximum) + 1) for d in plan.dimensions]
    amounts = np.array(list(product(*levels)), dtype=float)
    cents = amounts @ np.array([round((d.cost or 0) * 100) for d in plan.dimensions])
    exponents = np.array([float(w.parameters[1].value or 0) for w in laws])
    total = np.log(amounts) @ exponents
    return float(np.max(total, where=cents <= round((plan.budget or 0) * 100), initial=-np.inf))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--joint", action="store_true", help="joint problems with real amounts beside")
    chosen = parser.parse_args()
    rng = np.random.default_rng(1)
    asked = plans(300 if chosen.quick else PLANS, rng)
    with threadpool_limits(limits=1):
        for plan, laws in asked[:5]:
            allocate(plan, laws)  # imports and caches
        start = time.process_time()
        answers = [allocate(plan, laws) for plan, laws in asked]
        seconds = time.process_time() - start
    statuses = [a.status.value for a in answers]
    wrong = 0
    for at in np.linspace(0, len(asked) - 1, COMPARED).astype(int):
        best, answer = exhaustive(*asked[at]), answers[at]
        is_same = answer.outcome is None if best == -np.inf else (
            answer.outcome is not None and abs(np.log(answer.outcome) - best) < 1e-9
        )  # fmt: skip
        wrong += not is_same
    print(machine())
    print(
        f"{len(asked):,} allocations x {DRAWS} draws: {seconds:.1f} s CPU, {seconds / len(asked) * 1e3:.2f} ms each"
    )
    print(f"optimal {statuses.count('optimal'):,}, infeasible {statuses.count('infeasible'):,}")
    print(f"not the best of exhaustive search: {wrong} of {COMPARED}")
    if chosen.joint:
        joint(rng)


def joint(rng: np.random.Generator, count: int = 20) -> None:
    """Parameters and tokens of a Chinchilla law under 6 N D, real amounts, with all draws."""
    theta = np.array([482.01, 2085.43, 1.81686, 0.34781, 0.36585])
    base = power_law("llm", 0.5, rng)
    draws = theta * (1 + rng.normal(0, 0.02, (DRAWS, 5)))
    estimates = tuple(
        ParameterEstimate(p.name, float(v), None, None, 0.95, "planted", p.unit, p.role)
        for p, v in zip(FAMILIES["chinchilla"].parameters, theta, strict=True)
    )
    law = Law(**{**vars(base), "family": "chinchilla", "axes": ("n", "d"), "parameters": estimates, "draws": draws,
                 "domain": ((1e6, 1e12), (1e8, 1e13)), "law_id": "llm"})  # fmt: skip
    dims = [
        {
            "name": n,
            "law": {"experiment": "llm", "metric": "y"},
            "unit": "1",
            "minimum": low,
            "maximum": high,
            "step": 0,
        }
        for n, low, high in (("n", 1e7, 1e12), ("d", 1e8, 1e13))
    ]
    products = [{"name": "training", "of": ["n", "d"], "factor": 6, "cost": 1}]
    shared = {"title": "C", "currency": "flop", "combine": "sum", "direction": "lower"}
    asked = [
        Plan.model_validate(
            {
                "name": f"c{i}",
                "budget": float(10 ** rng.uniform(19, 24)),
                "dimensions": dims,
                "products": products,
            }
            | shared
        )
        for i in range(count)
    ]
    start = time.process_time()
    for plan in asked:
        allocate(plan, [law])
    seconds = time.process_time() - start
    print(f"{count} joint allocations of real amounts x {DRAWS} draws: {seconds / count:.2f} s CPU each")


if __name__ == "__main__":
    main()
