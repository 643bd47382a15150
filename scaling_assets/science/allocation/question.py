"""A plan read against laws: which amounts may be bought, what each is predicted to yield.

What lives here: finding each dimension's law, the levels its extrapolation limit allows, and the
objective as a sum of blocks. What does not: choosing among them (strategies), intervals (``allocate``).

A *block* is a set of dimensions whose effect cannot be taken apart: one dimension with a law of its
own, or several that are axes of one law. The objective is a sum over blocks (of log ratios to the
control for ``product``, of predictions for ``sum``; negated where lower is better), so that blocks can
be merged one by one and the result is exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from scaling_assets.errors import LawNotUsable, PlanTooLarge
from scaling_assets.records.law import Law
from scaling_assets.records.plan import Plan, PlannedDimension
from scaling_assets.science.allocation.levels import Levels, Purse, coins_for, levels_of
from scaling_assets.science.fitting.predict import draw_curves, point_curve

MAX_JOINT = 1_000_000  # combinations of levels of the dimensions of one law


@dataclass(frozen=True)
class Best:
    """What a strategy chose: one row of each block, their cost in coins and their summed gain."""

    rows: tuple[int, ...]
    coins: int
    gain: float


class Waiting(Exception):
    """Laws that the plan needs are missing or not usable; the message names them all."""


class Refused(Exception):
    """No allowed level is left; the message says whose limit it was."""


@dataclass(frozen=True, eq=False)
class Block:
    """Dimensions that are decided together, as rows of levels.

    ``amounts`` (n, k), ``coins`` (n,), ``x`` (n, axes) where the law is asked, ``gains`` (n,) the
    block's term of the objective at the estimate, ``control`` (k,) and its ``x0`` (1, axes).
    ``cut`` says per dimension whether the extrapolation limit took higher levels away.
    """

    dimensions: tuple[PlannedDimension, ...]
    law: Law
    amounts: np.ndarray
    coins: np.ndarray
    x: np.ndarray
    x0: np.ndarray
    control: np.ndarray
    gains: np.ndarray
    cut: tuple[bool, ...]


@dataclass(frozen=True, eq=False)
class Question:
    """A plan that can be solved: blocks, purse, and how terms make an outcome."""

    plan: Plan
    purse: Purse
    blocks: tuple[Block, ...]

    def outcome(self, total: np.ndarray | float) -> np.ndarray:
        """The outcome in its own unit from summed gains."""
        signed = np.asarray(total) * self.sign
        return np.exp(signed) if self.plan.combine == "product" else signed

    @property
    def sign(self) -> int:
        """1 where a high outcome is wanted, -1 where a low one is."""
        return 1 if self.plan.direction == "higher" else -1


def question_of(plan: Plan, laws: Sequence[Law]) -> Question:
    """Read the plan against the laws.

    Raises:
        Waiting: a law is missing, ambiguous or not usable.
        Refused: a limit leaves no level, or the control lies beyond it.
        LawNotUsable: the plan and a law do not fit (an axis has no value).
        PlanTooLarge: too many levels.
    """
    found = {d.name: _law_for(d, laws) for d in plan.dimensions}
    absent = [f"{name}: {law}" for name, law in found.items() if isinstance(law, str)]
    if absent:
        raise Waiting("; ".join(absent))
    levels, purse = levels_of(plan)
    together: dict[tuple[str, str], list[PlannedDimension]] = {}
    for d in plan.dimensions:
        law = found[d.name]
        assert isinstance(law, Law)  # the others are absent, and we would be waiting
        together.setdefault(("", law.law_id) if len(law.axes) > 1 else (d.name, law.law_id), []).append(d)
    by_id = {law.law_id: law for law in laws}
    blocks = [_block(plan, tuple(ds), by_id[law_id], levels) for (_, law_id), ds in together.items()]
    return Question(plan, purse, tuple(blocks))


def _law_for(dimension: PlannedDimension, laws: Sequence[Law]) -> Law | str:
    """The one law that is meant, or why there is none."""
    wanted = dimension.law
    tried = [
        law for law in laws
        if law.experiment == wanted.experiment and law.metric == wanted.metric
        and (wanted.question is None or law.question == wanted.question)
        and all(law.group.get(k) == v for k, v in wanted.segment.items())
    ]  # fmt: skip
    fitting = [law for law in tried if (law.family == wanted.family if wanted.family else law.is_leading)]
    name = f"{wanted.family or 'leading'} law of {wanted.metric} in {wanted.experiment}"
    if not fitting:
        # Only a declared law that cannot lead has a reason without leading.
        silent = [f"; {w.family} is {w.leading_reason} ({w.reason})" for w in tried if w.leading_reason]
        return f"there is no {name}" + ("" if wanted.family else "".join(silent))
    if len(fitting) > 1:
        several = ", ".join(f"{law.question} {dict(law.group)}" for law in fitting)
        return f"the {name} is ambiguous ({several}): name its question or segment"
    if not fitting[0].is_usable:
        return f"the {name} is {fitting[0].status.value}: {fitting[0].reason}"
    return fitting[0]


def _block(
    plan: Plan, dimensions: tuple[PlannedDimension, ...], law: Law, levels: dict[str, Levels]
) -> Block:
    names = [d.name for d in dimensions]
    count = int(np.prod([len(levels[n].amounts) for n in names], dtype=object))
    if len(names) > 1 and count > MAX_JOINT:
        what = f"{' and '.join(names)}, axes of one law, have {count:,} combinations"
        raise PlanTooLarge(what=what, limit=f"{MAX_JOINT:,}")
    grids = np.meshgrid(*(np.arange(len(levels[n].amounts)) for n in names), indexing="ij")
    at = [g.ravel() for g in grids]
    amounts = np.column_stack([levels[n].amounts[i] for n, i in zip(names, at, strict=True)])
    coins = np.sum([levels[n].coins[i] for n, i in zip(names, at, strict=True)], axis=0)
    control = np.array([d.minimum if d.control is None else d.control for d in dimensions])
    x, x0 = _asked(dimensions, law, amounts), _asked(dimensions, law, control[None, :])
    allowed = _inside(law, x)
    if not allowed.any():
        raise Refused(f"{' and '.join(names)}: every level lies beyond the limit of {limit_words(law)}")
    if plan.combine == "product" and not _inside(law, x0)[0]:
        raise Refused(f"{' and '.join(names)}: the control lies beyond the limit of {limit_words(law)}")
    tops = amounts[allowed].max(axis=0)
    block = Block(
        dimensions, law, amounts[allowed], coins[allowed], x[allowed], x0, control, np.empty(0),
        tuple(bool(t < a) for t, a in zip(tops, amounts.max(axis=0), strict=True)),
    )  # fmt: skip
    gains = gains_of(plan, block, point_curve(law, block.x), point_curve(law, x0))
    defined = np.isfinite(gains)
    if not defined.any():
        raise Waiting(
            f"{' and '.join(names)}: the {law.family} law predicts nothing positive in the planned range"
        )
    return replace(
        block,
        amounts=block.amounts[defined],
        coins=block.coins[defined],
        x=block.x[defined],
        gains=gains[defined],
    )


def _asked(dimensions: tuple[PlannedDimension, ...], law: Law, amounts: np.ndarray) -> np.ndarray:
    """Points (n, axes) at which the law is asked for amounts (n, k)."""
    if len(law.axes) == 1:
        return amounts
    columns = {d.name: amounts[:, i] for i, d in enumerate(dimensions)}
    fixed = {k: v for d in dimensions for k, v in d.at.items()}
    lost = [a for a in law.axes if a not in columns and a not in fixed]
    stray = [n for n in columns if n not in law.axes]
    if lost or stray:
        problem = f"its axes are {', '.join(law.axes)}, but the plan"
        problem += f" gives no value for {', '.join(lost)}" if lost else ""
        problem += f" names {', '.join(stray)}, which is none of them" if stray else ""
        remedy = "Name planned dimensions after the law's axes and fix the other axes with 'at'."
        raise LawNotUsable(law=law.family, problem=problem, remedy=remedy)
    return np.column_stack([columns.get(a, np.full(len(amounts), fixed.get(a, np.nan))) for a in law.axes])


def _inside(law: Law, x: np.ndarray) -> np.ndarray:
    """Which points lie within the law's extrapolation limit on every axis."""
    low, high = np.array(law.domain).T
    limit = law.extrapolation_limit * (1 + 1e-12)
    return np.all((x <= high * limit) & (x * limit >= low), axis=1)


def limit_words(law: Law) -> str:
    """The limit in words: the measured range and the ratio outside that is still allowed."""
    ranges = ", ".join(f"{a} {lo:g} to {hi:g}" for a, (lo, hi) in zip(law.axes, law.domain, strict=True))
    return f"the {law.family} law of {law.metric} (measured {ranges}; at most {law.extrapolation_limit:g}x outside)"


def gains_of(plan: Plan, block: Block, values: np.ndarray, control: np.ndarray) -> np.ndarray:
    """The block's term of the objective from predictions (..., n) and those at the control (..., 1).

    -inf where a product has no meaning (a prediction that is not positive) or nothing is predicted.
    """
    sign = 1 if plan.direction == "higher" else -1
    with np.errstate(divide="ignore", invalid="ignore"):
        if plan.combine == "product":
            good = (values > 0) & (control > 0)
            terms = np.where(good, sign * (np.log(values) - np.log(control)), -np.inf)
        else:
            terms = sign * values
    return np.where(np.isfinite(terms), terms, -np.inf)


def drawn_gains(
    question: Question, block: Block, draws: np.ndarray, rows: np.ndarray | None = None
) -> np.ndarray:
    """Terms (draws, n) under chosen parameter draws, at all levels or at the given rows."""
    law = replace(block.law, draws=block.law.draws[draws])
    x = block.x if rows is None else block.x[rows]
    return gains_of(question.plan, block, draw_curves(law, x), draw_curves(law, block.x0))


def baseline_row(block: Block, amounts: np.ndarray) -> np.ndarray | None:
    """Where the law is asked for any amounts (k,); None when that lies beyond its limit."""
    x = _asked(block.dimensions, block.law, amounts[None, :])
    return x if _inside(block.law, x)[0] else None


def cost_of(question: Question, block: Block, amounts: np.ndarray) -> int:
    """Coins for any amounts (k,) of a block."""
    return sum(coins_for(d, float(a), question.purse) for d, a in zip(block.dimensions, amounts, strict=True))
