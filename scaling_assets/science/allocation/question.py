"""A plan read against laws: which amounts may be bought, what each is predicted to yield.

What lives here: terms, limits and pins of a plan, the levels that are left, and the objective as a sum of
blocks. What does not: finding laws (``finding``), choosing (strategies), intervals (``redraw``).

A *block* is a set of dimensions whose effect or cost cannot be taken apart: one dimension with a law of its
own, several that are axes of one law, or that a product is paid for or a limit holds together. The objective is
a sum over blocks (of log ratios to the control for ``product``, of predictions for ``sum``; negated where lower
is better), so that blocks can be merged one by one and the result is exact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scaling_assets.errors import PlanTooLarge
from scaling_assets.records.law import Law
from scaling_assets.records.plan import Plan, PlannedDimension
from scaling_assets.science.allocation.finding import Pin, Refused, Waiting
from scaling_assets.science.allocation.levels import Levels, Purse, combined_coins, exact, levels_of
from scaling_assets.science.allocation.limits import Held, held_of
from scaling_assets.science.allocation.terms import Amounts, Term, drawn, estimated, limit_words, term_of

MAX_JOINT = 1_000_000  # combinations of levels of dimensions that are decided together


@dataclass(frozen=True)
class Best:
    """What a strategy chose: one row of each block, their cost in coins and their summed gain."""

    rows: tuple[int, ...]
    coins: int
    gain: float


class Infeasible(Exception):
    """No amounts meet what is declared; the message says which constraint it is."""


@dataclass(frozen=True, eq=False)
class Block:
    """Dimensions that are decided together, as rows of levels.

    ``amounts`` (n, k), ``coins`` (n,), ``gains`` (n,) the block's term of the objective at the estimate.
    """

    names: tuple[str, ...]
    terms: tuple[Term, ...]
    amounts: np.ndarray
    coins: np.ndarray
    gains: np.ndarray

    def columns(self, rows: np.ndarray | slice = slice(None)) -> Amounts:
        """Amounts (n,) by dimension."""
        return {n: self.amounts[rows, i] for i, n in enumerate(self.names)}


@dataclass(frozen=True, eq=False)
class Question:
    """A plan that can be solved; ``blocks`` is empty where amounts are real numbers (``zoom``).

    ``levels`` are all declared amounts by dimension (of real ones none), ``control`` has shape (1,) each.
    """

    plan: Plan
    purse: Purse
    levels: Mapping[str, Levels]
    terms: tuple[Term, ...]
    held: tuple[Held, ...]
    pins: Mapping[str, Pin]
    control: Amounts
    blocks: tuple[Block, ...]

    def outcome(self, total: np.ndarray | float) -> np.ndarray:
        """The outcome in its own unit from summed gains."""
        signed = np.asarray(total) * self.sign
        return np.exp(signed) if self.plan.combine == "product" else signed

    def total(self, outcome: float) -> float:
        """The summed gains that make an outcome; -inf or inf where a product cannot reach it."""
        if self.plan.combine == "sum":
            return self.sign * outcome
        return self.sign * float(np.log(outcome)) if outcome > 0 else -self.sign * np.inf

    @property
    def sign(self) -> int:
        """1 where a high outcome is wanted, -1 where a low one is."""
        return 1 if self.plan.direction == "higher" else -1

    @property
    def kept(self) -> str:
        """What besides money every choice must keep, in words; empty where nothing is."""
        held = [h.words for h in self.held]
        fixed = [f"{p.dimension} = {p.amount:g} ({p.source})" for p in self.pins.values()]
        found = ([f"keeping {' and '.join(held)}"] if held else []) + (
            [f"with {', '.join(fixed)}"] if fixed else []
        )
        return f", {', '.join(found)}" if found else ""

    @property
    def slack(self) -> int:
        """Coins by which combinations of several blocks may have been rounded up; 0 where coins are exact."""
        return 0 if self.purse.is_exact or self.plan.budget is None else 2 * len(self.blocks)

    def amounts_at(self, rows: Sequence[int]) -> dict[str, float]:
        """Amounts by dimension, in declared order, at a row of each block."""
        found = {
            name: float(block.amounts[row, j])
            for block, row in zip(self.blocks, rows, strict=True)
            for j, name in enumerate(block.names)
        }
        return {d.name: found[d.name] for d in self.plan.dimensions}

    def affords(self, rows: Sequence[int]) -> bool:
        """True when the exact cost of a row of each block lies within the budget."""
        cost = self.purse.tariff.cost(self.amounts_at(rows))
        return self.plan.budget is None or cost <= exact(self.plan.budget)

    @property
    def laws(self) -> list[Law]:
        """The laws that are read, each once: those of terms, then those of limits."""
        both = [t.law for t in self.terms] + [h.term.law for h in self.held]
        return list({law.law_id: law for law in both}.values())

    def gain(self, amounts: Amounts) -> np.ndarray:
        """Summed gains (n,) of any amounts at the estimate; -inf beyond a law's limit."""
        found = np.zeros(np.shape(next(iter(amounts.values()))))
        for term in self.terms:
            x = term.points(amounts)
            one = estimated(self.plan, term, x, term.points(self.control))
            found = found + np.where(term.inside(x), one, -np.inf)
        return found

    def drawn_gain(self, amounts: Amounts, picks: Mapping[str, np.ndarray]) -> np.ndarray:
        """The same (R, n) under parameter draws; ``picks`` names the rows of each law's draws."""
        found: np.ndarray | float = 0.0
        for term in self.terms:
            x = term.points(amounts)
            found = found + drawn(self.plan, term, x, term.points(self.control), picks[term.law.law_id])
        return np.asarray(found)


def question_of(plan: Plan, found: Mapping[str, Law], pins: Mapping[str, Pin]) -> Question:
    """Read the plan against the laws found for it (``finding.laws_of``).

    Raises:
        Waiting: a law predicts nothing that an objective can be made of.
        Refused: a limit of a law leaves no level, or the control lies beyond it.
        Infeasible: a declared limit leaves no level, or a pinned amount is none.
        LawNotUsable: the plan and a law do not fit (an axis has no value).
        PlanTooLarge: too many levels.
    """
    levels, purse = levels_of(plan)
    together: dict[tuple[str, str], list[PlannedDimension]] = {}
    for d in plan.dimensions:
        law = found[f"dimensions.{d.name}"]
        together.setdefault(("", law.law_id) if len(law.axes) > 1 else (d.name, law.law_id), []).append(d)
    by_id = {law.law_id: law for law in found.values()}
    terms = tuple(term_of(by_id[law_id], tuple(ds)) for (_, law_id), ds in together.items())
    held = tuple(held_of(plan, c, found[f"subject_to.{c.name}"]) for c in plan.subject_to)
    control = {d.name: np.array([d.minimum if d.control is None else d.control]) for d in plan.dimensions}
    question = Question(plan, purse, levels, terms, held, pins, control, ())
    left = {d.name: _rows(question, d.name) for d in plan.dimensions if d.step != 0}
    if plan.combine == "product":
        for term in terms:
            if not term.inside(term.points(control))[0]:
                what = " and ".join(term.names)
                raise Refused(f"{what}: the control lies beyond the limit of {limit_words(term.law)}")
    if plan.is_continuous:
        return question
    blocks = tuple(_block(question, {n: left[n] for n in names}) for names in _sets(question))
    return Question(plan, purse, levels, terms, held, pins, control, blocks)


def _sets(question: Question) -> list[tuple[str, ...]]:
    """Dimensions that must be decided together, in declared order."""
    ties = [t.names for t in question.terms] + [p.of for p in question.plan.products]
    ties += [h.term.names for h in question.held]
    of = {d.name: frozenset({d.name}) for d in question.plan.dimensions}
    for tie in ties:
        union = frozenset().union(*(of[n] for n in tie))
        of |= dict.fromkeys(union, union)
    order = [d.name for d in question.plan.dimensions]
    return [tuple(sorted(names, key=order.index)) for names in dict.fromkeys(of.values())]


def _block(question: Question, rows: Mapping[str, np.ndarray]) -> Block:
    plan, levels, names = question.plan, question.levels, tuple(rows)
    count = int(np.prod([len(r) for r in rows.values()], dtype=object))
    what = " and ".join(names)
    if len(names) > 1 and count > MAX_JOINT:
        raise PlanTooLarge(
            what=f"{what}, decided together, have {count:,} combinations", limit=f"{MAX_JOINT:,}"
        )
    at = [g.ravel() for g in np.meshgrid(*rows.values(), indexing="ij")]
    amounts = {n: levels[n].amounts[i] for n, i in zip(names, at, strict=True)}
    coins = combined_coins(plan, names, at, levels, question.purse)
    keep = np.ones(len(coins), dtype=bool)
    for held in question.held:
        if set(held.term.names) <= set(names):
            kept = held.keeps(amounts)
            if not (keep & kept).any():
                raise Infeasible(f"no amount of {what} keeps the limit {held.words}{_nearest(held, amounts)}")
            keep &= kept
    terms = tuple(t for t in question.terms if set(t.names) <= set(names))
    amounts = {n: a[keep] for n, a in amounts.items()}
    gains = np.zeros(int(keep.sum()))
    for term in terms:
        gains = gains + estimated(plan, term, term.points(amounts), term.points(question.control))
    defined = np.isfinite(gains)
    if not defined.any():
        families = " and ".join(dict.fromkeys(t.law.family for t in terms))
        raise Waiting(
            f"waiting for laws: {what}: the {families} law predicts nothing positive in the planned range"
        )
    table = np.column_stack([a[defined] for a in amounts.values()])
    return Block(names, terms, table, coins[keep][defined], gains[defined])


def _rows(question: Question, name: str) -> np.ndarray:
    """Rows of the levels of a dimension that its law, its limits and whoever fixed it leave."""
    amounts = question.levels[name].amounts
    term = next(t for t in question.terms if name in t.names)
    low, high = term.reach(name)
    inside = (amounts <= high * (1 + 1e-12)) & (amounts * (1 + 1e-12) >= low)
    if not inside.any():
        raise Refused(f"{name}: every level lies beyond the limit of {limit_words(term.law)}")
    if name in question.pins:
        pin = question.pins[name]
        fixed = np.isclose(amounts, pin.amount, rtol=1e-9, atol=0)
        if not fixed.any():
            raise Infeasible(
                f"{name} is fixed at {pin.amount:g} by {pin.source}, which is none of its levels"
            )
        if not (fixed & inside).any():
            raise Refused(
                f"{name}: the {pin.source} at {pin.amount:g} lies beyond the limit of {limit_words(term.law)}"
            )
        inside = inside & fixed
    return np.flatnonzero(inside)


def _nearest(held: Held, amounts: Amounts) -> str:
    """How near the limit comes, in words."""
    values = held.values(amounts)
    if not np.isfinite(values).any():
        return ""
    best = int(np.nanargmin(values) if held.limit.operator == "<=" else np.nanargmax(values))
    where = ", ".join(f"{n} = {amounts[n][best]:g}" for n in held.term.names)
    return f"; nearest is {values[best]:.4g} at {where}"


def drawn_gains(question: Question, block: Block, picks: Mapping[str, np.ndarray]) -> np.ndarray:
    """Terms (R, n) of a block's levels under chosen parameter draws."""
    found: np.ndarray | float = 0.0
    for term in block.terms:
        x = term.points(block.columns())
        found = found + drawn(question.plan, term, x, term.points(question.control), picks[term.law.law_id])
    return np.asarray(found)
