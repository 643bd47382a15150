"""Costs that laws give, and what a set of cost lines may get wrong.

What lives here: cost lines out of predictions. What does not: declared costs (``costs``), predictions (``asked``).
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from scaling_assets.records.amount import Amount
from scaling_assets.records.declared import Declared, Identifier
from scaling_assets.records.law import Law
from scaling_assets.science.planning.asked import AskedLaw, Told, each_level, told
from scaling_assets.science.planning.costs import TAKEN, CostLine, Saving


class LawCost(Declared):
    """A cost line whose amount a law gives: ``asked`` times its factor, for a period or for one unit.

    Several of them are each asked at a higher level, so that all hold together at the plan's.
    """

    name: Identifier
    asked: AskedLaw
    per: Literal["period", "unit"] = "period"


def laws_told(
    costs: Sequence[LawCost], laws: Sequence[Law], level: float, units: Amount
) -> dict[str, tuple[Told, bool]]:
    """What the laws say, by line: the answer, and whether it is a unit's."""
    each = each_level(level, len(costs))
    return {cost.name: (told(cost.asked, laws, each, units), cost.per == "unit") for cost in costs}


def line_problems(
    lines: Mapping[str, Sequence[CostLine]], law_costs: Sequence[LawCost], savings: Sequence[Saving],
    paid_by: str | None = None,
) -> list[str]:  # fmt: skip
    """Names that two lines have, that are taken, or that no line has; sentences.

    Args:
        lines: the plan's own under "plan", those of its cases under their names.
    """
    found = []
    for place, of in lines.items():
        names = [line.name for line in of]
        if place == "plan":
            names += [cost.name for cost in law_costs]
        found += [f"cost line {n!r} is declared twice" for n in dict.fromkeys(names) if names.count(n) > 1]
    found += [f"the name {cost.name!r} is taken" for cost in law_costs if cost.name in TAKEN]
    known = {line.name for of in lines.values() for line in of} | {cost.name for cost in law_costs}
    asked = [*(name for saving in savings for name in saving.lines), *([paid_by] if paid_by else [])]
    found += [
        f"there is no cost line {name!r}; declared: {', '.join(sorted(known))}"
        for name in asked
        if name not in known
    ]
    inner = [f"{s.name}_{part}" for s in savings for part in ("cut", "share")]
    found += [f"the name {name!r} is taken by a saving" for name in inner if name in known]
    twice = [s.name for s in savings]
    found += [f"saving {n!r} is declared twice" for n in dict.fromkeys(twice) if twice.count(n) > 1]
    return found
