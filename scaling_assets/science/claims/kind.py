"""The contract of a claim kind: what it is asked, what it answers.

What lives here: the types that every kind shares. What does not: any particular kind (one file each beside this
one), ids and stamps of answers (``audit``).

A kind is a pure function of what a document prints. It calls a claim inconsistent only when no values within the
printed digits reconcile it, and never fills in what is not stated: that is "not derivable", with what is missing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from scaling_assets.records.claim import Claim, ClaimSheet, Consistency
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import Law
from scaling_assets.records.printed import Printed, read_printed
from scaling_assets.records.verdict import Verdict
from scaling_assets.science.ranges.expression import FormulaError, read_formula

Operator = Literal["=", "<", "<=", ">", ">="]
Place = tuple[str | int, ...]


class Settings(BaseModel):
    """What a kind reads from the declaration, beside the fields that all claims have."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True, eq=False)
class Case:
    """One claim of one document, with everything that may be said about it.

    ``laws`` and ``verdicts`` are the lab's own visible ones, for the kinds that compare with them.
    """

    sheet: ClaimSheet
    claim: Claim
    laws: Sequence[Law] = ()
    verdicts: Sequence[Verdict] = ()

    @property
    def stated(self) -> dict[str, Printed | None]:
        """The numbers that formulas may read; None for those that the document does not state."""
        return {name: read_printed(text) for name, text in self.sheet.numbers_of(self.claim).items()}


@dataclass(frozen=True)
class Finding:
    """An answer without its ids and stamps; the fields mean what they mean in ``AuditedClaim``."""

    outcome: Consistency
    reason: str
    missing: str = ""
    stated: str = ""
    stated_low: float | None = None
    stated_high: float | None = None
    derived: float | None = None
    derived_low: float | None = None
    derived_high: float | None = None
    off: float | None = None
    off_pct: float | None = None
    method: str = ""
    experiment: str | None = None
    law_id: str | None = None
    is_simulated: bool = False


@dataclass(frozen=True)
class Objection:
    """What is wrong with a declared claim: the place below the claim, the problem, what to do."""

    place: Place
    problem: str
    remedy: str = "Correct the claim here."


@dataclass(frozen=True)
class ClaimKind:
    """A kind of claim: its settings, its verb, and what a declaration of it can get wrong.

    ``audit(case, settings)`` answers. ``objections(sheet, claim, settings, experiments)`` needs no data; an
    experiment is None where it is declared, but could not be read.
    """

    name: str
    title: str
    Settings: type[Settings]
    audit: Callable[[Case, Any], Finding]
    objections: Callable[[ClaimSheet, Claim, Any, Mapping[str, Experiment | None]], list[Objection]]


def missing(reason: str, what: str, **rest: Any) -> Finding:
    """The answer where something is not stated."""
    return Finding(Consistency.NOT_DERIVABLE, reason, missing=what, **rest)


def formula_objections(place: Place, text: str, known: Sequence[str]) -> list[Objection]:
    """What is wrong with a formula: its grammar, or names that nothing gives."""
    try:
        names = read_formula(text).names()
    except FormulaError as error:
        return [Objection(place, str(error), "Write numbers, names, + - * / **, min, max, sqrt, log.")]
    return [
        Objection(
            place,
            f"the formula reads {name!r}, which is not stated",
            f"State it, or write '{name}: not stated' if the document does not. "
            f"Known: {', '.join(known) or 'none'}.",
        )
        for name in names
        if name not in known
    ]
