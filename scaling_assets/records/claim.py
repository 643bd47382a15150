"""Published claims and what an audit of them says.

What belongs here: the declaration of one document's claims, the record of an answer. What does not: what a
printed number stands for (``printed``), recomputing (``science.claims``).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from scaling_assets.records.declared import Declared, Extensible, Identifier
from scaling_assets.records.printed import PrintedNumber

StatedNumbers = dict[Identifier, PrintedNumber]


class Claim(Extensible):
    """One sentence, number or table of a document. What it says is read by its ``kind``.

    ``text`` is the claim in the document's words, ``where`` its place there. ``stated`` are numbers printed
    beside it, which formulas read by name; they come before the document's own of the same name.
    """

    name: Identifier
    text: Annotated[str, StringConstraints(min_length=1)]
    where: str = ""
    stated: StatedNumbers = Field(default_factory=dict)
    note: str = ""


class ClaimSheet(Declared):
    """The claims of one document. ``stated`` are numbers that several of them read."""

    name: Identifier
    title: str
    source: Annotated[str, StringConstraints(min_length=1)]
    owner: str = ""
    stated: StatedNumbers = Field(default_factory=dict)
    claims: Annotated[tuple[Claim, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [claim.name for claim in self.claims]
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise ValueError(f"claim {', '.join(map(repr, twice))} is declared twice")
        return self

    def numbers_of(self, claim: Claim) -> StatedNumbers:
        """The numbers that a claim's formulas may read, as printed."""
        return {**self.stated, **claim.stated}


class Consistency(StrEnum):
    """What an audit may answer."""

    CONSISTENT = "consistent"
    INCONSISTENT = "inconsistent"  # no values within the printed digits reconcile it
    NOT_DERIVABLE = "not_derivable"  # what is stated does not determine it


@dataclass(frozen=True)
class AuditedClaim:
    """One claim recomputed from what is stated beside it.

    ``stated`` is the claimed number as printed, standing for ``stated_low`` to ``stated_high``. ``derived`` is
    the right value: what follows from the numbers as they read, anything from ``derived_low`` to
    ``derived_high`` from what they stand for. ``off`` is the claimed value minus the right one, ``off_pct`` the
    same in per cent of the right one; both only where the claim is inconsistent. ``missing`` says what is
    needed where it is not derivable. All numbers are plain (43 % is 0.43); ends are None where there is none.
    """

    claim_id: str
    sheet: str
    name: str
    kind: str
    text: str
    source: str
    place: str
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
    note: str = ""
    data_version: str = ""
