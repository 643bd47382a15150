"""The solver against exhaustive search, and the exactness of money."""

from fractions import Fraction
from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scaling_assets.records.plan import Plan
from scaling_assets.science.allocation.frontier import next_better, solve
from scaling_assets.science.allocation.levels import MAX_COINS, exact, levels_of

BLOCK = st.lists(st.tuples(st.integers(0, 20), st.integers(-8, 8)), min_size=1, max_size=6)


@given(st.lists(BLOCK, min_size=1, max_size=4), st.integers(0, 60))
def test_optimum_and_next_step_equal_exhaustive_search(blocks, budget):
    coins = [np.array([c for c, _ in b]) for b in blocks]
    gains = [np.array([float(g) for _, g in b]) for b in blocks]
    every = [
        (
            sum(g[i] for g, i in zip(gains, rows, strict=True)),
            sum(int(c[i]) for c, i in zip(coins, rows, strict=True)),
        )
        for rows in product(*(range(len(b)) for b in blocks))
    ]
    affordable = [(g, -c) for g, c in every if c <= budget]
    best = solve(coins, gains, budget)
    if not affordable:
        assert best is None
        return
    assert best is not None and (best.gain, -best.coins) == max(affordable)
    assert sum(int(c[i]) for c, i in zip(coins, best.rows, strict=True)) == best.coins
    assert sum(g[i] for g, i in zip(gains, best.rows, strict=True)) == best.gain
    better, following = [(c, -g) for g, c in every if g > best.gain], next_better(coins, gains, best)
    assert (following is None) == (not better)
    if following is not None:
        assert (following.coins, -following.gain) == min(better)


PRICE = st.decimals("0.0001", "9", places=4).map(float)


@given(PRICE, PRICE, st.decimals("0.01", "40", places=2).map(float), st.sampled_from([1, 3, 1000]))
def test_costs_are_exact_sums_of_the_written_decimals(one, two, budget, per):
    dims = [{"name": n, "law": {"experiment": n, "metric": "y"}, "unit": "1", "cost": c, "per": per, "maximum": 9}
            for n, c in (("a", one), ("b", two))]  # fmt: skip
    plan = Plan(name="p", title="P", budget=budget, currency="usd", dimensions=dims)
    levels, purse = levels_of(plan)
    for name, price in (("a", one), ("b", two)):
        true = [exact(price) / per * k for k in range(1, 10)]
        assert [int(c) * purse.coin for c in levels[name].coins] == true
    dearest = 9 * (exact(one) + exact(two)) / per
    assert purse.budget * purse.coin == min(exact(budget), dearest)
    for a, b in product(levels["a"].coins, levels["b"].coins):
        if a + b <= purse.budget:
            assert purse.money(int(a + b)) <= budget


def test_a_price_too_fine_for_integers_is_rounded_against_the_buyer():
    dims = [{"name": n, "law": {"experiment": n, "metric": "y"}, "unit": "1", "cost": c, "maximum": 50}
            for n, c in (("a", 0.1234567890123457), ("b", 1.0000000000000002e-7))]  # fmt: skip
    plan = Plan(name="p", title="P", budget=3, currency="usd", dimensions=dims)
    levels, purse = levels_of(plan)
    assert purse.coin > Fraction(1, 10**20) and max(levels["a"].coins) <= MAX_COINS
    for name, dimension in zip("ab", plan.dimensions, strict=True):
        for amount, coins in zip(levels[name].amounts, levels[name].coins, strict=True):
            true = exact(dimension.cost) * exact(amount)
            assert 0 <= int(coins) * purse.coin - true < purse.coin
    assert purse.budget * purse.coin <= 3


def test_levels_follow_the_declared_steps_without_drift():
    dims = [{"name": "a", "law": {"experiment": "a", "metric": "y"}, "unit": "1", "cost": 1,
             "minimum": 0.1, "maximum": 0.7, "step": 0.1}]  # fmt: skip
    levels, _ = levels_of(Plan(name="p", title="P", budget=3, currency="usd", dimensions=dims))
    assert levels["a"].amounts.tolist() == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]
