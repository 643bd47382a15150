"""What simpler policies would yield under the same laws and budget.

What lives here: outcome and cost of each baseline. What does not: the policies' own arithmetic
(``closed_form``), the optimum.
"""

from collections.abc import Mapping

import numpy as np

from scaling_assets.science.allocation.closed_form import closed_form
from scaling_assets.science.allocation.fixed import equal_split
from scaling_assets.science.allocation.levels import exact
from scaling_assets.science.allocation.question import Question

#: Parameters and data grow alike with the compute of training (Hoffmann et al. 2022, table 2: .50 and .50).
TRAINING_EXPONENT = 0.5
_GRID = 128


def baselines(question: Question) -> dict[str, float | None]:
    """Return outcome and cost of each baseline: ``<name>`` and ``<name>_cost``.

    control (or the minimum where none is declared), minimum, equal_split, closed_form, training_law_exponents, and
    the plan's own policies under their names; ``closed_form_overspend``, what that formula spends beyond the
    budget. An outcome is None where the policy has no amounts or a law may not be asked there.
    """
    dimensions = question.plan.dimensions
    policies: dict[str, Mapping[str, float] | None] = {
        "control": {d.name: d.minimum if d.control is None else d.control for d in dimensions},
        "minimum": {d.name: d.minimum for d in dimensions},
        "equal_split": _equal_shares(question),
        "closed_form": closed_form(question),
        "training_law_exponents": training_law(question),
    }
    policies |= {p.name: p.amounts for p in question.plan.policies}
    known = {name: amounts for name, amounts in policies.items() if amounts is not None}
    columns = {d.name: np.array([float(a[d.name]) for a in known.values()]) for d in dimensions}
    gains = dict(zip(known, question.gain(columns), strict=True))
    found: dict[str, float | None] = {}
    tariff = question.purse.tariff
    for name in policies:
        gain = gains.get(name, -np.inf)
        found[name] = float(question.outcome(gain)) if np.isfinite(gain) else None
        found[f"{name}_cost"] = float(tariff.cost(known[name])) if name in known else None
    spent, budget = found["closed_form_cost"], question.plan.budget
    found["closed_form_overspend"] = None if spent is None or budget is None else max(0.0, spent - budget)
    return found


def _equal_shares(question: Question) -> dict[str, float] | None:
    plan = question.plan
    if not plan.is_continuous:
        best = equal_split(question, [b.gains for b in question.blocks])
        if best is None:
            return None
        return {
            name: float(block.amounts[row, j])
            for block, row in zip(question.blocks, best.rows, strict=True)
            for j, name in enumerate(block.names)
        }
    if plan.budget is None or plan.products:
        return None
    share = exact(plan.budget) / len(plan.dimensions)
    bought = {}
    for d in plan.dimensions:
        price = question.purse.tariff.prices[d.name]
        most = d.maximum if price == 0 else min(d.maximum, float(share / price))
        bought[d.name] = _on_level(question, d.name, np.array([most]))[0]
        if most < d.minimum:
            return None
    return bought


def training_law(question: Question) -> dict[str, float] | None:
    """Every dimension grown from its control as training laws grow parameters and data, v ~ C^a.

    ``assumed_exponents`` of the plan, else 0.5 each: as far as the budget goes. None without a budget, or when it
    does not pay for the minimum.
    """
    plan = question.plan
    if plan.budget is None:
        return None
    names = [d.name for d in plan.dimensions]
    start = np.array([question.control[n][0] for n in names])
    power = np.array([plan.assumed_exponents.get(n, TRAINING_EXPONENT) for n in names])
    low, high = np.array([d.minimum for d in plan.dimensions]), np.array([d.maximum for d in plan.dimensions])
    tariff = question.purse.tariff
    prices = np.array([float(tariff.prices[n]) for n in names])
    products = [(float(price), [names.index(n) for n in of]) for price, of in tariff.products]
    spans = np.log(np.concatenate([low / start, high / start])) / np.tile(np.where(power == 0, 1.0, power), 2)
    ends, best = (float(spans.min()), float(spans.max())), None
    for _ in range(3):
        grid = np.linspace(*ends, _GRID)
        with np.errstate(over="ignore", under="ignore"):
            grown = np.clip(start * np.exp(np.outer(grid, power)), low, high)
        levels = np.column_stack([_on_level(question, n, grown[:, i]) for i, n in enumerate(names)])
        cost = levels @ prices + sum(p * np.prod(levels[:, c], axis=1) for p, c in products)
        affordable = np.flatnonzero(cost <= plan.budget * (1 + 1e-12))
        if not len(affordable):
            break
        last = int(affordable[-1])
        best = dict(zip(names, map(float, levels[last]), strict=True))
        if last == _GRID - 1:
            break
        ends = (float(grid[last]), float(grid[last + 1]))
    return best


def _on_level(question: Question, name: str, amounts: np.ndarray) -> np.ndarray:
    """The highest levels at or below amounts (the lowest where there is none); real amounts stay."""
    levels = question.levels[name].amounts
    if not len(levels):
        return amounts
    at = np.searchsorted(levels, amounts * (1 + 1e-12), side="right") - 1
    return np.asarray(levels[np.maximum(at, 0)])
