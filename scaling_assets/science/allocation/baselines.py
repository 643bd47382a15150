"""What simpler policies would yield under the same laws and budget.

What lives here: outcome and cost of each baseline. What does not: the policies' own arithmetic
(``closed_form``), the optimum.
"""

import numpy as np

from scaling_assets.science.allocation.closed_form import closed_form
from scaling_assets.science.allocation.fixed import equal_split
from scaling_assets.science.allocation.question import Question, baseline_row, cost_of, gains_of
from scaling_assets.science.fitting.predict import point_curve


def baselines(question: Question) -> dict[str, float | None]:
    """Return outcome and cost of each baseline: ``<name>`` and ``<name>_cost``.

    control (or the minimum where none is declared), minimum, equal_split, closed_form; and
    ``closed_form_overspend``, what that formula spends beyond the budget. An outcome is None where the
    policy has no amounts or a law may not be asked there.
    """
    dimensions = question.plan.dimensions
    policies: dict[str, dict[str, float] | None] = {
        "control": {d.name: d.minimum if d.control is None else d.control for d in dimensions},
        "minimum": {d.name: d.minimum for d in dimensions},
        "equal_split": _chosen(question),
        "closed_form": closed_form(question),
    }
    found: dict[str, float | None] = {}
    for name, amounts in policies.items():
        found[name], found[f"{name}_cost"] = (
            (None, None) if amounts is None else _evaluated(question, amounts)
        )
    spent = found["closed_form_cost"]
    found["closed_form_overspend"] = None if spent is None else max(0.0, spent - question.plan.budget)
    return found


def _chosen(question: Question) -> dict[str, float] | None:
    best = equal_split(question, [b.gains for b in question.blocks])
    if best is None:
        return None
    return {
        d.name: float(block.amounts[row, j])
        for block, row in zip(question.blocks, best.rows, strict=True)
        for j, d in enumerate(block.dimensions)
    }


def _evaluated(question: Question, amounts: dict[str, float]) -> tuple[float | None, float]:
    total, coins, defined = 0.0, 0, True
    for block in question.blocks:
        wanted = np.array([amounts[d.name] for d in block.dimensions])
        coins += cost_of(question, block, wanted)
        x = baseline_row(block, wanted)
        if x is None:
            defined = False
            continue
        values, control = point_curve(block.law, x), point_curve(block.law, block.x0)
        total += float(gains_of(question.plan, block, values, control)[0])
    outcome = float(question.outcome(total)) if defined and np.isfinite(total) else None
    return outcome, question.purse.money(coins)
