"""The audit of published claims: recomputed when a declaration, the lab's own results or the code changed.

What belongs here: which claims, against which laws and verdicts, whether anything is to be done. What does not:
recomputing (``science.claims``). An audit is whole: it replaces the last one, documents that are no longer
declared included.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from scaling_assets.errors import UnknownName
from scaling_assets.pipeline.workspace import Workspace
from scaling_assets.records.claim import AuditedClaim, ClaimSheet
from scaling_assets.records.identity import content_id
from scaling_assets.science import claims
from scaling_assets.store.store import Head


@dataclass(frozen=True)
class ClaimsStep:
    """The standing audit. ``version`` is the content hash of all that it came from."""

    version: str
    skipped: bool
    audited: list[AuditedClaim]


def audit(ws: Workspace) -> ClaimsStep:
    """Recompute every declared claim, unless the standing audit came from just these declarations and results."""
    want = wanted(ws)
    version = content_id("claims", want)
    standing = ws.store.read_claims()
    if _versions(standing) == want:
        return ClaimsStep(version, True, standing)
    audited = [one for name in sorted(want) for one in _audited(ws, ws.lab.claims[name], want[name])]
    ws.store.write_claims(audited)
    ws.store.publish()
    return ClaimsStep(version, False, audited)


def audited_claims(ws: Workspace, sheet: str | None = None) -> list[AuditedClaim]:
    """The audit as it should be now, of one document or of all.

    Raises:
        UnknownName: the lab declares no claims of this name.
    """
    if sheet is not None and sheet not in ws.lab.claims:
        known = ", ".join(sorted(ws.lab.claims)) or "none is declared"
        raise UnknownName(kind="file of claims", name=sheet, known=known)
    return [one for one in audit(ws).audited if sheet in (None, one.sheet)]


def is_due(ws: Workspace) -> bool:
    """True when the standing audit is not the one that declarations and results call for."""
    return _versions(ws.store.read_claims()) != wanted(ws)


def wanted(ws: Workspace) -> dict[str, str]:
    """The version that each document's audit should have, by the document's name."""
    heads = ws.store.heads() if ws.lab.claims else {}
    return {name: _version(sheet, heads) for name, sheet in ws.lab.claims.items()}


def _version(sheet: ClaimSheet, heads: Mapping[str, Head]) -> str:
    compared = [
        (name, heads[name].laws, heads[name].verdicts) if name in heads else (name, None, None)
        for name in claims.experiments_of(sheet)
    ]
    return content_id("claims", sheet.model_dump(mode="json"), compared, claims.CODE_VERSION)


def _versions(standing: list[AuditedClaim]) -> dict[str, str]:
    return {one.sheet: one.data_version for one in standing}


def _audited(ws: Workspace, sheet: ClaimSheet, version: str) -> list[AuditedClaim]:
    named = claims.experiments_of(sheet)
    laws = [law for name in named for law in ws.store.read_laws(name)]
    verdicts = [verdict for name in named for verdict in ws.store.read_verdicts(name)]
    return claims.audit(sheet, laws, verdicts, data_version=version)
