"""The door: every claim of a document, recomputed.

What lives here: the registry of claim kinds, the way from a finding to an answer with its ids and stamps. What
does not: any recomputation (one kind a file).
"""

from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from scaling_assets.errors import DeclarationProblem, UnknownName
from scaling_assets.records.claim import AuditedClaim, Claim, ClaimSheet
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.identity import content_id
from scaling_assets.records.law import Law
from scaling_assets.records.verdict import Verdict
from scaling_assets.science.claims import (
    arithmetic,
    composite,
    count,
    lab_law,
    lab_verdict,
    law,
    service_level,
    table,
)
from scaling_assets.science.claims.kind import Case, ClaimKind, Objection, Settings

CODE_VERSION = "1"

CLAIM_KINDS: dict[str, ClaimKind] = {
    kind.KIND.name: kind.KIND
    for kind in (arithmetic, table, law, service_level, count, composite, lab_law, lab_verdict)
}


def audit(
    sheet: ClaimSheet, laws: Sequence[Law] = (), verdicts: Sequence[Verdict] = (), *, data_version: str = ""
) -> list[AuditedClaim]:
    """Return the answers of all claims of a document, in declared order.

    Args:
        laws: the lab's visible laws, for claims that are compared with them.
        verdicts: its standing verdicts, the same.
        data_version: what the answers came from; it enters each answer's id.

    Raises:
        UnknownName: a claim's kind is not registered.
        DeclarationProblem: a claim's own settings are not valid.
    """
    return [_audited(sheet, claim, laws, verdicts, data_version) for claim in sheet.claims]


def objections_to(
    sheet: ClaimSheet, claim: Claim, experiments: Mapping[str, Experiment | None]
) -> list[Objection]:
    """Return what is wrong with a claim whose settings are valid: formulas, and names that nothing gives.

    Raises:
        UnknownName, DeclarationProblem: as ``audit``.
    """
    kind, settings = settings_of(sheet, claim)
    return kind.objections(sheet, claim, settings, experiments)


def experiments_of(sheet: ClaimSheet) -> tuple[str, ...]:
    """Names of the lab's experiments that the document's claims are compared with, each once, sorted."""
    named = (getattr(settings_of(sheet, claim)[1], "experiment", None) for claim in sheet.claims)
    return tuple(sorted({name for name in named if name is not None}))


def settings_of(sheet: ClaimSheet, claim: Claim) -> tuple[ClaimKind, Settings]:
    """Return the claim's kind and its validated settings."""
    if claim.kind not in CLAIM_KINDS:
        raise UnknownName(kind="claim kind", name=claim.kind, known=", ".join(CLAIM_KINDS))
    kind = CLAIM_KINDS[claim.kind]
    try:
        return kind, kind.Settings.model_validate(claim.settings)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(("claims", claim.name, *map(str, first["loc"])))
        raise DeclarationProblem(file=sheet.name, at="", field=field, problem=first["msg"]) from error


def _audited(
    sheet: ClaimSheet, claim: Claim, laws: Sequence[Law], verdicts: Sequence[Verdict], data_version: str
) -> AuditedClaim:
    kind, settings = settings_of(sheet, claim)
    finding = kind.audit(Case(sheet, claim, laws, verdicts), settings)
    return AuditedClaim(
        claim_id=content_id("claim", CODE_VERSION, data_version, sheet.name, claim, sheet.stated),
        sheet=sheet.name,
        name=claim.name,
        kind=claim.kind,
        text=claim.text,
        source=sheet.source,
        place=claim.where,
        note=claim.note,
        data_version=data_version,
        **vars(finding),
    )
