"""Published claims recomputed from what their documents print.

What belongs here: the kinds of claims, one a file, their arithmetic over printed digits, their audit. What does
not: reading declarations (``lab``), pages (``report``). Door: ``audit.py``.
"""

from scaling_assets.science.claims.audit import (
    CLAIM_KINDS,
    CODE_VERSION,
    audit,
    experiments_of,
    objections_to,
    settings_of,
)
from scaling_assets.science.claims.kind import Case, ClaimKind, Finding, Objection, Settings

__all__ = [
    "CLAIM_KINDS",
    "CODE_VERSION",
    "Case",
    "ClaimKind",
    "Finding",
    "Objection",
    "Settings",
    "audit",
    "experiments_of",
    "objections_to",
    "settings_of",
]
