"""Kind ``equivalence``: do two arms differ by less than a margin in either direction?

What lives here: the claim behind "the same", by two one-sided tests (Schuirmann 1987, Journal of
Pharmacokinetics and Biopharmaceutics 15). What does not: the comparison (``comparison``). A difference that
was not found is no equivalence.
"""

from typing import Annotated

from pydantic import Field

from scaling_assets.science.gates.compare import Compared
from scaling_assets.science.gates.comparison import Arms, judge_claim, problems
from scaling_assets.science.gates.gate import Case, Finding, GateKind


class EquivalenceSettings(Arms):
    """``margin`` is the largest difference that does not matter, in the metric's unit, positive."""

    margin: Annotated[float, Field(gt=0)]


def judge(case: Case, settings: EquivalenceSettings) -> list[Finding]:
    """One finding a group."""
    claim = Compared(operator="within", threshold=(-settings.margin, settings.margin))
    return judge_claim(case, settings, "difference", claim)


KIND = GateKind("equivalence", "The same up to a margin", EquivalenceSettings, judge, problems, looks="any")
