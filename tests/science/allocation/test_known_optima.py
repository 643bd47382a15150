"""Answers that are known otherwise: brute force, integer programming, dense grids, published closed forms."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, brentq, milp

from scaling_assets.records.allocation import AllocationStatus
from scaling_assets.science.allocation import allocate
from scaling_assets.science.fitting.predict import point_curve
from scaling_assets.science.laws.concurrency import latency, peak
from tests.science.allocation.planned import chinchilla, compute, dimension, plan, power, usl


def separable(rng: np.random.Generator):
    """A random problem: 2 to 5 dimensions, prices per 1 or 1,000, exponents of any sign, some zero."""
    count = int(rng.integers(2, 6))
    dims, laws = [], []
    for i in range(count):
        exponent = float(rng.choice([0.0, -0.3, rng.normal(0, 0.4), rng.uniform(0.05, 1.2)]))
        per = float(rng.choice([1, 1000]))
        step = per * float(rng.choice([1, 0.5]))
        levels = int(rng.integers(1, 8 if count < 5 else 5))
        cost = float(rng.choice([0.0, round(rng.uniform(0.01, 3), 2), round(rng.uniform(0.01, 3), 2)]))
        name = f"d{i}"
        dims.append(dimension(name, cost, step * levels, per=per, minimum=step, step=step, control=step))
        laws.append(power(name, round(exponent, 3), float(rng.uniform(0.5, 2))))
    full = sum(Fraction(str(d["cost"])) / Fraction(str(d["per"])) * Fraction(str(d["maximum"])) for d in dims)
    share = rng.choice(
        [0.02, rng.uniform(0.1, 1), rng.uniform(0.1, 1), 1.2]
    )  # below the minimum, tight, and more than enough
    budget = max(round(float(full) * float(share), 2), 0.01)
    return plan(*dims, budget=budget), laws


def brute_force(asked, laws):
    """(best log outcome, its cheapest exact cost); None when nothing is affordable."""
    exponents = {w.experiment: w.parameters[1].value for w in laws}
    every = []
    for d in asked.dimensions:
        count = round((d.maximum - d.minimum) / d.step) + 1
        price = Fraction(str(d.cost)) / Fraction(str(d.per))
        amounts = [Fraction(str(d.minimum)) + k * Fraction(str(d.step)) for k in range(count)]
        every.append([(exponents[d.name] * np.log(float(a) / d.control), a * price) for a in amounts])
    budget = Fraction(str(asked.budget))
    found = [(sum(g for g, _ in c), sum(m for _, m in c)) for c in product(*every)]
    return max((g for g, m in found if m <= budget), default=None)


def check(seed: int) -> str:
    asked, laws = separable(np.random.default_rng(seed))
    answer, best = allocate(asked, laws), brute_force(asked, laws)
    if best is None:
        assert answer.status is AllocationStatus.INFEASIBLE, seed
        return "infeasible"
    assert answer.status is AllocationStatus.OPTIMAL, (seed, answer.reason)
    spent = sum(Fraction(str(a.amount)) * Fraction(str(d.cost)) / Fraction(str(d.per))
                for a, d in zip(answer.amounts, asked.dimensions, strict=True))  # fmt: skip
    assert spent <= Fraction(str(asked.budget)) and answer.leftover >= 0, seed
    assert np.log(answer.outcome) == pytest.approx(best, abs=1e-9), seed
    return "optimal"


def test_random_separable_problems_equal_brute_force():
    found = [check(seed) for seed in range(60)]
    assert found.count("infeasible") > 5 and found.count("optimal") > 30


@pytest.mark.slow
def test_a_thousand_random_separable_problems_equal_brute_force():
    found = [check(seed) for seed in range(1_000)]
    assert found.count("infeasible") > 50 and found.count("optimal") > 500


@pytest.mark.parametrize("seed", range(8))
def test_integer_programming_finds_nothing_better(seed):
    """HiGHS by branch and bound: one binary variable a level, exactly one of each dimension."""
    asked, laws = separable(np.random.default_rng(10_000 + seed))
    answer = allocate(asked, laws)
    gains, costs, owner = [], [], []
    for i, (d, w) in enumerate(zip(asked.dimensions, laws, strict=True)):
        amounts = d.minimum + d.step * np.arange(round((d.maximum - d.minimum) / d.step) + 1)
        gains += list(w.parameters[1].value * np.log(amounts / d.control))
        costs += list(d.unit_cost * amounts)
        owner += [i] * len(amounts)
    one_each = np.array([[float(o == i) for o in owner] for i in range(len(laws))])
    limits = [LinearConstraint(one_each, 1, 1), LinearConstraint(costs, -np.inf, asked.budget)]
    found = milp(-np.array(gains), constraints=limits,
                 integrality=np.ones(len(gains)), bounds=Bounds(0, 1))  # fmt: skip
    assert found.success == (answer.status is AllocationStatus.OPTIMAL)
    if found.success:
        assert np.log(answer.outcome) == pytest.approx(-found.fun, abs=1e-6)


# -- joint problems ----------------------------------------------------------------------------------------


def random_chinchilla(rng):
    return chinchilla((rng.uniform(50, 900), rng.uniform(200, 4000), rng.uniform(0.5, 2),
                       rng.uniform(0.2, 0.6), rng.uniform(0.2, 0.6)))  # fmt: skip


def check_compute(seed: int) -> None:
    """Parameters and tokens under a product, against 200,001 places on the budget's edge."""
    rng = np.random.default_rng(seed)
    found, served = random_chinchilla(rng), float(rng.choice([0.0, 10 ** rng.uniform(9, 13)]))
    budget = float(10 ** rng.uniform(18, 26))
    answer = allocate(compute(budget, served=served), [found])
    n = np.geomspace(1e7, 1e13, 200_001)
    d = (budget / n - 2 * served) / 6
    good = (d >= 1e7) & (d <= 1e15)
    assert good.any() == (answer.status is AllocationStatus.OPTIMAL)
    if good.any():
        best = point_curve(found, np.column_stack([n[good], d[good]])).min()
        assert answer.outcome <= best * (1 + 1e-6), seed
        assert answer.cost <= budget
        amounts = {a.dimension: Fraction(a.amount) for a in answer.amounts}
        assert 6 * amounts["n"] * amounts["d"] + 2 * Fraction(served) * amounts["n"] <= Fraction(budget)


def check_latency(seed: int) -> None:
    """USL concurrency under a latency limit and a budget, against 100,001 places."""
    rng = np.random.default_rng(seed)
    gamma, sigma, kappa = rng.uniform(1, 100), rng.uniform(0.001, 0.3), 10 ** rng.uniform(-6, -2)
    limit = float(rng.uniform(0.8, 6) / gamma)
    budget, cost = float(rng.uniform(5, 400)), float(round(rng.uniform(0.1, 4), 2))
    dims = dimension("load", cost, 500, step=0, control=None)
    held = {"name": "fast", "law": dims["law"], "reads": "latency", "limit": limit, "unit": "s"}
    answer = allocate(
        plan(dims, budget=budget, combine="sum", subject_to=[held]), [usl("load", gamma, sigma, kappa)]
    )
    n = np.linspace(1, 500, 100_001)
    good = (latency(n, gamma, sigma, kappa) <= limit) & (n * cost <= budget)
    if not good.any():
        assert answer.status is AllocationStatus.INFEASIBLE, seed
        return
    assert answer.status is AllocationStatus.OPTIMAL, (seed, answer.reason)
    (amount,) = answer.amounts
    best = (n / latency(n, gamma, sigma, kappa))[good].max()
    assert answer.outcome >= best * (1 - 1e-6), seed
    assert latency(amount.amount, gamma, sigma, kappa) <= limit * (1 + 1e-9) and answer.cost <= budget


def test_joint_problems_reach_a_dense_grid():
    for seed in range(10):
        check_compute(seed)
        check_latency(seed)


@pytest.mark.slow
def test_a_hundred_joint_problems_reach_a_dense_grid():
    for seed in range(100):
        check_compute(1_000 + seed)
        check_latency(1_000 + seed)


def test_what_stops_concurrency_is_named():
    load = usl("load", 90.0, 0.02, 1e-4)
    dims = dimension("load", 1, 500, control=None)

    def asked(limit: float, budget: float):
        held = {"name": "fast", "law": dims["law"], "reads": "latency", "limit": limit, "unit": "s"}
        return allocate(plan(dims, budget=budget, combine="sum", subject_to=[held]), [load])

    at_peak, _ = peak(90.0, 0.02, 1e-4)
    assert abs(asked(10, 500).amounts[0].amount - at_peak) <= 1 and asked(10, 500).binding == "no gain"
    slow = asked(0.03, 500)
    assert slow.binding == slow.amounts[0].bound_by == "limit fast"
    assert (
        latency(slow.amounts[0].amount, 90.0, 0.02, 1e-4)
        <= 0.03
        < latency(slow.amounts[0].amount + 1, 90, 0.02, 1e-4)
    )
    assert asked(10, 20).binding == "budget"
    none = asked(0.001, 500)
    assert (
        none.status is AllocationStatus.INFEASIBLE
        and "keeps the limit fast (latency of y <= 0.001 s)" in none.reason
    )


def test_the_closed_form_of_a_product_budget():
    """Hoffmann et al. 2022, approach 3: N* = G (C/6)^a with G = (alpha A / beta B)^(1/(alpha+beta))."""
    a, b, e, alpha, beta = 482.01, 2085.43, 1.81686, 0.34781, 0.36585
    for budget in (1e19, 5.88e23, 1e26):
        answer = allocate(compute(budget), [chinchilla()])
        n = (alpha * a / (beta * b)) ** (1 / (alpha + beta)) * (budget / 6) ** (beta / (alpha + beta))
        found = {x.dimension: x.amount for x in answer.amounts}
        assert found["n"] == pytest.approx(n, rel=1e-4) and found["d"] == pytest.approx(
            budget / 6 / n, rel=1e-4
        )
        assert answer.outcome == pytest.approx(e + a / n**alpha + b / (budget / 6 / n) ** beta, rel=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_real_amounts_fill_like_water(seed):
    """Products of powers under a sum: v = clip(e / (c lambda), low, high), lambda from the budget (Lagrange)."""
    rng = np.random.default_rng(seed)
    e, c, top = (
        rng.uniform(-0.2, 1, 3).round(3),
        rng.uniform(0.1, 3, 3).round(2),
        rng.uniform(2, 50, 3).round(1),
    )
    budget = float(round(rng.uniform(c.sum() * 1.01, (c * top).sum() * 0.9), 2))
    names = ("a", "b", "d")
    dims = [dimension(n, float(p), float(m), step=0) for n, p, m in zip(names, c, top, strict=True)]
    answer = allocate(plan(*dims, budget=budget), [power(n, float(x)) for n, x in zip(names, e, strict=True)])

    def filled(log_lambda: float) -> np.ndarray:
        return np.where(e > 0, np.clip(e / (np.exp(log_lambda) * c), 1, top), 1.0)

    def over(log_lambda: float) -> float:
        return float((c * filled(log_lambda)).sum() - budget)

    least = brentq(over, -40, 40) if over(-40) > 0 else -40.0  # what falls leaves a budget unspent
    assert np.log(answer.outcome) == pytest.approx((e * np.log(filled(least))).sum(), abs=1e-9)
    assert answer.cost <= budget
