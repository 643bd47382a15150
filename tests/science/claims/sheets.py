"""Documents with one claim, for the tests of this folder."""

from typing import Any

from scaling_assets.records.claim import AuditedClaim, ClaimSheet
from scaling_assets.science.claims import audit


def sheet(
    kind: str, stated: dict[str, Any] | None = None, beside: dict[str, Any] | None = None, **settings: Any
) -> ClaimSheet:
    claim = {"name": "one", "kind": kind, "text": "as published", "stated": beside or {}, **settings}
    return ClaimSheet.model_validate(
        {
            "name": "paper",
            "title": "A paper",
            "source": "A paper, p. 1",
            "stated": stated or {},
            "claims": [claim],
        }
    )


def answer(
    kind: str, stated: dict[str, Any] | None = None, *, laws=(), verdicts=(), **settings: Any
) -> AuditedClaim:
    (found,) = audit(sheet(kind, stated, **settings), laws, verdicts)
    return found
