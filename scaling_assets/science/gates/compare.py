"""Bounds against thresholds: the one place where a number becomes pass, fail or inconclusive.

What lives here: the operators, the decision, its words, and how many further units would settle it.
What does not: where bounds come from (``trials``, laws).

The rule: pass only when the confidence bound clears the threshold, fail only when the other bound is
beyond it. Each bound is one-sided at the gate's confidence (for ``within`` these are the two one-sided
tests of equivalence, Schuirmann 1987).
"""

from collections.abc import Callable
from typing import Any, Literal, Self

from pydantic import model_validator

from scaling_assets.records.experiment import Gate
from scaling_assets.records.law import Group
from scaling_assets.records.verdict import Outcome
from scaling_assets.science.gates.gate import Finding, Settings

Operator = Literal["<", "<=", ">", ">=", "within"]
Bounds = tuple[float | None, float | None]

#: More than this many times the units at hand is no plan: the estimate lies on the threshold.
MOST_GROWTH = 10_000


class Compared(Settings):
    """Settings of every kind that holds a number against a threshold."""

    operator: Operator
    threshold: float | tuple[float, float]

    @property
    def limits(self) -> tuple[float, ...]:
        """The threshold as a tuple: one number, or (low, high) for ``within``."""
        return self.threshold if isinstance(self.threshold, tuple) else (self.threshold,)

    @model_validator(mode="after")
    def _threshold_fits_operator(self) -> Self:
        if (self.operator == "within") != isinstance(self.threshold, tuple):
            raise ValueError("'within' takes a threshold [low, high], every other operator one number")
        if isinstance(self.threshold, tuple) and self.threshold[0] >= self.threshold[1]:
            raise ValueError(f"'threshold' {list(self.threshold)} is empty: low must lie below high")
        return self


def decide(operator: Operator, limits: tuple[float, ...], low: float | None, high: float | None) -> Outcome:
    """Return the outcome of one-sided bounds against limits; a missing bound proves nothing.

    INSUFFICIENT_DATA when a bound that passing needs is missing and the other one does not fail.
    """
    floor, ceiling = _allowed(operator, limits)
    strict = operator in ("<", ">")
    unproven = missing = False
    for end, sign in ((floor, 1), (ceiling, -1)):
        if end is None:
            continue
        needed, against = (low, high) if sign > 0 else (high, low)
        if against is not None and ((against - end) * sign < 0 or (strict and against == end)):
            return Outcome.FAIL
        if needed is None:
            missing = True
        elif not ((needed - end) * sign > 0 or (needed == end and not strict)):
            unproven = True
    if missing:
        return Outcome.INSUFFICIENT_DATA
    return Outcome.INCONCLUSIVE if unproven else Outcome.PASS


def _allowed(operator: Operator, limits: tuple[float, ...]) -> Bounds:
    if operator == "within":
        return limits[0], limits[1]
    return (None, limits[0]) if operator in ("<", "<=") else (limits[0], None)


def units_needed(
    operator: Operator, limits: tuple[float, ...], grown: Callable[[float], Bounds] | None, n_units: int,
    now: Bounds = (None, None),
) -> int | None:  # fmt: skip
    """Return how many further units like those at hand would settle the question; None: they would not.

    The smallest number at which the expected bounds decide, looked for around the number at which they would if they
    shrank by the square root (``now`` are the present ones), in growing steps, then by halves.
    """
    if grown is None or n_units == 0:
        return None

    def outcome(more: int) -> tuple[Outcome, Bounds]:
        ends = grown((n_units + more) / n_units)
        return decide(operator, limits, *ends), ends

    most, too_few = MOST_GROWTH * n_units, 0
    settled, last = outcome(most)
    if settled in UNSETTLED:
        return None
    enough, at = most, min(max(_guessed(operator, limits, settled, now, last, n_units), 1), most)
    step = max(1, at // 16)
    while too_few < at < enough and (too_few == 0 or enough == most):
        if outcome(at)[0] in UNSETTLED:
            too_few, at = at, at + step
        else:
            enough, at = at, at - step
        step *= 2
    while enough - too_few > 1:
        middle = (enough + too_few) // 2
        too_few, enough = (too_few, middle) if outcome(middle)[0] not in UNSETTLED else (middle, enough)
    return enough


def _guessed(
    operator: Operator, limits: tuple[float, ...], settled: Outcome, now: Bounds, last: Bounds, n_units: int
) -> int:
    """Further units at which a bound would reach the limit if its distance shrank by the square root; 1 by default."""
    if operator == "within":
        return 1
    side = int((operator in ("<", "<=")) == (settled is Outcome.PASS))
    first, final, limit = now[side], last[side], limits[0]
    if first is None or final is None or first == final or final == limit:
        return 1
    return int(n_units * min((((final - first) / (final - limit)) ** 2 - 1), float(MOST_GROWTH)))


UNSETTLED = (Outcome.INCONCLUSIVE, Outcome.INSUFFICIENT_DATA)


def compared(
    gate: Gate,
    settings: Compared,
    group: Group,
    subject: str,
    unit: str,
    value: float | None,
    bounds: Bounds,
    n_units: int,
    *,
    missing: str = "",
    grown: Callable[[float], Bounds] | None = None,
    unit_word: str = "run",
    **told: Any,
) -> Finding:
    """Return the finding for a value with one-sided bounds; ``missing`` says why a bound is not there.

    ``told`` are further fields of it.
    """
    low, high = bounds
    outcome = decide(settings.operator, settings.limits, low, high)
    more = None
    if outcome in UNSETTLED:
        more = units_needed(settings.operator, settings.limits, grown, n_units, bounds)
    return Finding(
        group=group,
        outcome=outcome,
        reason=_reason(gate, settings, subject, unit, value, bounds, outcome, missing),
        remedy=_remedy(gate, outcome, more, missing, unit_word),
        measured=value,
        low=low,
        high=high,
        operator=settings.operator,
        threshold=settings.limits,
        unit=unit,
        n_units=n_units,
        runs_needed=more if outcome is Outcome.INCONCLUSIVE else None,
        **told,
    )


def _reason(
    gate: Gate, settings: Compared, subject: str, unit: str, value: float | None, bounds: Bounds,
    outcome: Outcome, missing: str,
) -> str:  # fmt: skip
    measured = f"{subject} is {number(value, unit)}" if value is not None else subject
    wanted, level = limit_words(settings, unit), f"{gate.confidence * 100:g} %"
    if outcome is Outcome.INSUFFICIENT_DATA:
        return f"{measured}, but nothing is proven: {missing}"
    low, high = (number(b, unit) if b is not None else "unknown" for b in bounds)
    if outcome is Outcome.INCONCLUSIVE:
        return f"{measured}; its {level} bounds {low} and {high} do not settle {wanted}"
    rising = settings.operator in ("<", "<=")
    if settings.operator == "within":
        side = f"bounds {low} and {high}"
    else:
        side = f"upper bound {high}" if rising == (outcome is Outcome.PASS) else f"lower bound {low}"
    return f"{measured}; its {level} {side} " + (
        f"prove{'s' * (settings.operator != 'within')} {wanted}"
        if outcome is Outcome.PASS
        else f"rule{'s' * (settings.operator != 'within')} out {wanted}"
    )


def _remedy(gate: Gate, outcome: Outcome, more: int | None, missing: str, unit_word: str) -> str:
    if outcome is Outcome.PASS:
        return ""
    if outcome is Outcome.FAIL:
        return gate.action or "Find the cause, or change the threshold in the declaration."
    if more is not None:
        return f"About {more} further {unit_word}(s) like these would settle it."
    if outcome is Outcome.INSUFFICIENT_DATA:
        return f"Add {unit_word}s: {missing}."
    return (
        f"More {unit_word}s like these would not settle it: the estimate lies on the threshold, "
        "or no sample can prove it (zero events prove a rate below a limit, never zero)."
    )


def limit_words(settings: Compared, unit: str) -> str:
    """The threshold in words: "< 80 ms", "within 0.3 to 0.4"."""
    if settings.operator == "within":
        return f"within {number(settings.limits[0])} to {number(settings.limits[1], unit)}"
    return f"{settings.operator} {number(settings.limits[0], unit)}"


def number(value: float, unit: str = "") -> str:
    """A number for people: 4 digits, thousands apart, the unit behind."""
    text = f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"
    return f"{text} {unit}" if unit and unit != "1" else text
