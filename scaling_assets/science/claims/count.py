"""Kind ``count``: a stated rate with its numerator and denominator, and what so many trials can prove.

What lives here: the rate from its counts, the exact binomial bound against what the rate is said to prove. What
does not: rates of the lab's own runs (threshold gates).
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from pydantic import Field, model_validator

from scaling_assets.records.claim import Claim, ClaimSheet, Consistency
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.printed import Printed, PrintedNumber, read_printed
from scaling_assets.science.claims.against import WORDS, against, number
from scaling_assets.science.claims.kind import (
    Case,
    ClaimKind,
    Finding,
    Objection,
    Operator,
    Settings,
    missing,
)
from scaling_assets.science.ranges.enclose import Range
from scaling_assets.science.trials.estimate import Confidence
from scaling_assets.science.trials.proportions import clopper_pearson

MOST_TRIALS = 10**9


class Proof(Settings):
    """What the count is said to prove: the true rate is ``operator`` ``limit``."""

    operator: Operator
    limit: PrintedNumber

    @model_validator(mode="after")
    def _is_a_limit(self) -> "Proof":
        limit = read_printed(self.limit)
        if self.operator == "=" or limit is None:
            raise ValueError("a count proves a limit: write <, <=, > or >= and a number")
        if not 0 <= limit.value <= 1:
            raise ValueError(f"a rate lies between 0 and 1, not at {limit.text}")
        return self


class CountSettings(Settings):
    """``events`` among ``trials`` (whole numbers as printed), the rate that they are said to make (``states``),
    and what that is said to prove at ``confidence`` (one-sided)."""

    events: PrintedNumber
    trials: PrintedNumber
    states: PrintedNumber | None = None
    proves: Proof | None = None
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95

    @model_validator(mode="after")
    def _claims_something(self) -> "CountSettings":
        if self.states is None and self.proves is None:
            raise ValueError("a count needs 'states' or 'proves'")
        trials, events = read_printed(self.trials), read_printed(self.events)
        if trials and not 1 <= trials.value <= MOST_TRIALS:
            raise ValueError(f"'trials' lies between 1 and {MOST_TRIALS:,}")
        if events and trials and not 0 <= events.low + 0.5 <= trials.high + 0.5:
            raise ValueError("'events' lies between 0 and 'trials'")
        return self


def audit(case: Case, settings: CountSettings) -> Finding:
    """The rate first; where it holds, what it proves."""
    events, trials = read_printed(settings.events), read_printed(settings.trials)
    claimed = settings.states or (settings.proves.limit if settings.proves else "")
    if events is None or trials is None:
        silent = [name for name, read in (("events", events), ("trials", trials)) if read is None]
        what = f"the number of {' and of '.join(silent)}"
        return missing("a rate cannot be judged without its counts", what, stated=claimed)
    counts = _whole(events), _whole(trials)
    found = None
    if settings.states is not None:
        found = _rate(counts, events, trials, read_printed(settings.states), settings.states)
        if found.outcome is not Consistency.CONSISTENT or settings.proves is None:
            return found
    assert settings.proves is not None
    proof = _proof(counts, settings.proves, settings.confidence)
    if found is None or proof.outcome is not Consistency.CONSISTENT:
        return proof
    return replace(
        found, reason=f"{found.reason}; {proof.reason}", derived_low=proof.derived_low,
        derived_high=proof.derived_high, method=proof.method,
    )  # fmt: skip


Whole = tuple[int, int]


def _whole(printed: Printed) -> Whole:
    """The whole numbers that a printed one can stand for, at least the one nearest to it.

    A count printed as a whole number is that number; one printed as 157K is any from 156,500 to 157,500.
    """
    near = round(printed.value)
    if printed.high - printed.low <= 1.5 or math.isinf(printed.high):
        return near, near
    return math.ceil(printed.low), math.floor(printed.high)


def _rate(
    counts: tuple[Whole, Whole], events: Printed, trials: Printed, stated: Printed | None, text: str
) -> Finding:
    (fewest, most), (small, large) = counts
    if stated is None:
        return missing("no rate is stated", "the rate itself", stated=text)
    derived = Range(round(events.value) / round(trials.value), fewest / large, most / small)
    return against(
        f"{events.text.removeprefix('=')} of {trials.text.removeprefix('=')}", derived, stated,
        method="the counts' ratio",
    )  # fmt: skip


def _proof(counts: tuple[Whole, Whole], proves: Proof, confidence: float) -> Finding:
    """One-sided Clopper-Pearson: proven, contradicted by the other bound, or too few trials."""
    (fewest, most), (small, large) = counts
    limit = read_printed(proves.limit)
    assert limit is not None
    is_above = proves.operator in (">", ">=")
    # Of the counts that the digits allow, the ones that speak most for the claim.
    n = max(small, min(most, large)) if is_above else large
    k = min(most, n) if is_above else fewest
    low, high = clopper_pearson(k, n, Confidence(confidence, sides=1))
    text = limit.text.removeprefix("=")
    claim = f"{WORDS[proves.operator]} {text}"
    method = f"exact binomial (Clopper-Pearson), one-sided {confidence:.0%}"
    assert low is not None and high is not None  # bounds of a proportion always are
    found = Finding(
        Consistency.CONSISTENT, "", stated=f"{proves.operator} {text}", stated_low=limit.low,
        stated_high=limit.high, derived=k / n, derived_low=low, derived_high=high, method=method,
    )  # fmt: skip
    near, far = (low, high) if is_above else (high, low)
    sides = ("from below", "from above") if is_above else ("from above", "from below")
    said = f"{k:,} of {n:,} bound the rate {sides[0]} at {number(near, limit, 5)}"
    if (near > limit.value) if is_above else (near < limit.value):
        return replace(found, reason=f"{said}, which proves {claim}")
    if (far < limit.value) if is_above else (far > limit.value):
        reason = f"{k:,} of {n:,} bound the rate {sides[1]} at {number(far, limit, 5)}: not {claim}"
        off = limit.value - far
        return replace(
            found, outcome=Consistency.INCONSISTENT, reason=reason, off=off, off_pct=100 * off / far
        )
    needed = clean_trials(limit.value if is_above else 1 - limit.value, confidence)
    clean = "successes" if is_above else "trials without an event"
    what = (
        f"more trials: {needed:,} {clean} in a row are the fewest that prove it"
        if needed
        else "a limit below 1"
    )
    reason = f"{said}, which does not prove {claim}"
    return replace(found, outcome=Consistency.NOT_DERIVABLE, reason=reason, missing=what)


def clean_trials(limit: float, confidence: float) -> int | None:
    """The fewest trials, all of them successes, whose exact lower bound lies above ``limit``; None for 1."""
    if limit >= 1:
        return None
    return 1 if limit <= 0 else max(1, math.ceil(math.log1p(-confidence) / math.log(limit)))


def objections(
    sheet: ClaimSheet, claim: Claim, settings: CountSettings, experiments: Mapping[str, Experiment | None]
) -> list[Objection]:
    """Nothing beyond the settings' own rules."""
    return []


KIND = ClaimKind("count", "A rate with its counts, and what they prove", CountSettings, audit, objections)
