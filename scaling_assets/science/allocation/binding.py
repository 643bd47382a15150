"""What stopped each amount, which constraint binds, and the sentences that say why not more.

What lives here: reading the constraints at the chosen amounts. What does not: choosing, baselines, pages.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import prod

import numpy as np

from scaling_assets.records.law import Law
from scaling_assets.records.plan import PlannedDimension
from scaling_assets.science.allocation.levels import exact
from scaling_assets.science.allocation.question import Question
from scaling_assets.science.allocation.solved import Solution

FIXED = ("override", "A/B verdict")
_HIGHER = 64  # amounts above a real one that are looked at


def stopped_by(question: Question, amounts: Mapping[str, float]) -> dict[str, str]:
    """What stopped each dimension, the others held where they are.

    "budget", "target" (more is not needed), "maximum", "minimum", "extrapolation limit", "limit <name>",
    "no gain" (more would not be better), or who fixed it: "override", "A/B verdict".
    """
    plan = question.plan
    above = {d.name: _above(question, d, amounts[d.name]) for d in plan.dimensions}
    sizes = np.cumsum([1, *(len(a) for a in above.values())])
    columns = {n: np.full(sizes[-1], a) for n, a in amounts.items()}
    places = {name: slice(*ends) for name, ends in zip(above, pairwise(sizes), strict=True)}
    for name, place in places.items():
        columns[name][place] = above[name]
    gains = question.gain(columns)  # -inf beyond a law's reach
    return {
        d.name: _stop(
            question,
            d,
            amounts[d.name],
            {n: c[place] for n, c in columns.items()},
            gains[place],
            float(gains[0]),
        )
        for d, place in zip(plan.dimensions, places.values(), strict=True)
    }


def _stop(
    question: Question, d: PlannedDimension, amount: float, columns: Mapping[str, np.ndarray], gains: np.ndarray,
    now: float,
) -> str:  # fmt: skip
    """``columns`` hold the amounts above the chosen one, ``gains`` what they yield, ``now`` what the choice does."""
    if d.name in question.pins:
        return question.pins[d.name].source
    if not len(gains):
        return "maximum"
    if not np.isfinite(gains).any():
        term = next(t for t in question.terms if d.name in t.names)
        return "extrapolation limit" if not term.inside(term.points(columns)).any() else "no gain"
    better = gains > now + 1e-12 * max(1.0, abs(now))
    for held in question.held:
        if d.name in held.term.names and better.any():
            better &= held.keeps(columns)
            if not better.any():
                return f"limit {held.limit.name}"
    if better.any():
        return "budget" if question.plan.target is None else "target"
    return "no gain" if amount > d.minimum * (1 + 1e-12) else "minimum"


def _above(question: Question, d: PlannedDimension, amount: float) -> np.ndarray:
    levels = question.levels[d.name].amounts
    if len(levels):
        return np.asarray(levels[levels > amount * (1 + 1e-12)])
    if amount >= d.maximum * (1 - 1e-9):
        return np.empty(0)
    close = amount * (1 + np.geomspace(1e-6, d.maximum / amount - 1, _HIGHER))
    return np.minimum(close, d.maximum)


def binding(stops: Mapping[str, str], plan_has_target: bool) -> str:
    """The one word for what binds the whole: the target, else the budget, else the first limit, else what stops all."""
    if plan_has_target:
        return "target"
    found = [word for word in stops.values() if word not in FIXED] or list(stops.values())
    for word in ("budget", *(s for s in found if s.startswith("limit ")), "extrapolation limit"):
        if word in found:
            return word
    if len(set(found)) == 1:
        return found[0]
    return next(word for word in ("no gain", "minimum", *found) if word in found)


def sentences(
    question: Question, solution: Solution, stops: Mapping[str, str], shadow_price: float | None
) -> tuple[str, ...]:
    """Why these amounts and not more, for the person who pays; one sentence each."""
    plan, said = question.plan, []
    spent = float(solution.cost)
    word = binding(stops, plan.target is not None)
    if word == "target":
        said.append(f"No cheaper choice reaches the target of {plan.target:g}.")
    elif word == "budget":
        said.append(_of_budget(question, solution, spent, shadow_price))
    elif word.startswith("limit "):
        held = next(h for h in question.held if f"limit {h.limit.name}" == word)
        value = held.values({n: np.array([a]) for n, a in solution.amounts.items()})[0]
        said.append(f"The limit {held.words} binds: it stands at {value:.4g}; more money would not help.")
    elif word == "extrapolation limit":
        which = ", ".join(n for n, s in stops.items() if s == word)
        said.append(
            f"Nobody has measured far enough to buy more of {which}: runs at larger amounts would say whether it pays."
        )
    elif word == "maximum":
        said.append("Everything stands at its declared maximum: more money would buy nothing.")
    elif word not in FIXED:
        said.append("More would not be better: the laws say that the outcome gains nothing, or falls.")
    for product, (price, of) in zip(plan.products, question.purse.tariff.products, strict=True):
        cost = float(price * prod(exact(solution.amounts[n]) for n in of))
        said.append(f"{' x '.join(of)} together ({product.name}) cost {cost:.10g} {plan.currency}.")
    said += _beyond(question, solution)
    for pin in question.pins.values():
        said.append(
            f"{pin.dimension} is not left to the laws but fixed at {pin.amount:g} by {_article(pin.source)}: "
            f"{pin.words}."
        )
    return tuple(said)


def _beyond(question: Question, solution: Solution) -> list[str]:
    """Which amounts lie outside of what was measured, and by how much."""
    said = []
    for term in question.terms:
        for (low, high), axis, by in zip(term.law.domain, term.law.axes, term.by, strict=True):
            amount = solution.amounts[by] if isinstance(by, str) else by
            if low * (1 - 1e-12) <= amount <= high * (1 + 1e-12):
                continue
            ratio = amount / high if amount > high else low / amount
            said.append(
                f"{by if isinstance(by, str) else axis} = {amount:.6g} lies outside of what was measured "
                f"({low:g} to {high:g}), {ratio:.3g} times beyond: there the law's form is believed, not seen."
            )
    return said


def _of_budget(question: Question, solution: Solution, spent: float, shadow_price: float | None) -> str:
    plan = question.plan
    left = float(plan.budget or 0.0) - spent
    text = "The budget binds"
    if solution.better is not None and not plan.is_continuous:
        cost = float(solution.better[0])
        more = cost - float(plan.budget or 0.0)
        text += f": the next better choice costs {cost:.10g} {plan.currency}, {more:.4g} beyond it"
    if shadow_price is not None:
        unit = "x control" if plan.combine == "product" else "of the outcome"
        text += f"; there, each further {plan.currency} gains {shadow_price:.3g} {unit}"
    if left > 0 and not plan.is_continuous:
        text += f". {left:.4g} {plan.currency} are left over because no better whole step costs so little"
    return text + "."


def _article(source: str) -> str:
    return "an A/B verdict" if source.startswith("A/B") else "an override"


def simulated_words(laws: Sequence[Law]) -> list[str]:
    """Which laws come from simulators."""
    simulated = sorted({w.experiment for w in laws if w.is_simulated})
    if not simulated:
        return []
    measured = sorted({w.experiment for w in laws if not w.is_simulated})
    mixed = f", mixed with measured laws of {', '.join(measured)}" if measured else ""
    return [f"rests on simulated laws of {', '.join(simulated)}{mixed}"]
