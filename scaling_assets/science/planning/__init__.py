"""The planning room: what follows from laws, verdicts and observations for what is done next.

What belongs here: the kinds of plans beside allocations, one a file, and their mathematics. What does not:
reading declarations (``lab``), pages (``report``). Doors: ``answer.py`` (registry), ``kind.py`` (contract).
"""

from scaling_assets.science.planning.answer import PLAN_KINDS, answer, kind_of
from scaling_assets.science.planning.kind import Answered, PlanCase, PlanKind, PlanQuestion

__all__ = ["PLAN_KINDS", "Answered", "PlanCase", "PlanKind", "PlanQuestion", "answer", "kind_of"]
