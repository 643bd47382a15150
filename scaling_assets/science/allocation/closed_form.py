"""The closed form for log utility, v_i = e_i B / (c_i sum e): a baseline to beat, not a method.

What lives here: the formula as it is in circulation, with its rounding and clamps. What does not: a
strategy: it passes small budgets (the clamp to the minimum comes after the shares), leaves large ones
unspent (the clamp to the maximum too), and has no meaning for zero sums or negative exponents.
"""

from math import floor

from scaling_assets.science.allocation.question import Question


def closed_form(question: Question) -> dict[str, float] | None:
    """Return the amounts by dimension; None where the formula has no value.

    It needs a budget, a law with an exponent and a price above zero for every dimension, nothing that is paid
    for together, and exponents whose sum is not zero.
    """
    plan = question.plan
    if plan.budget is None or plan.products:
        return None
    exponents: dict[str, float] = {}
    for term in question.terms:
        for name in term.names:
            try:
                value = term.law.parameter("exponent").value if len(term.names) == 1 else None
            except KeyError:
                value = None
            if value is None:
                return None
            exponents[name] = value
    total = sum(exponents.values())
    if total == 0 or any(d.unit_cost == 0 for d in plan.dimensions):
        return None
    amounts = {}
    for d in plan.dimensions:
        share = exponents[d.name] * plan.budget / (d.unit_cost * total)
        amounts[d.name] = min(max(floor(share + 0.5), d.minimum), d.maximum)
    return amounts
