"""Reading a contrast: outcome, words and evidence of a comparison.

What lives here: bounds at the look's confidence against the claim, the smallest p that the design can reach,
power and effect sizes. What does not: the contrast itself (``contrasts``).
"""

from collections.abc import Callable
from dataclasses import replace
from math import log
from typing import Any

import numpy as np
from scipy import special

from scaling_assets.records.experiment import Gate
from scaling_assets.records.law import Group
from scaling_assets.records.looking import Looks
from scaling_assets.records.verdict import Outcome
from scaling_assets.science.gates.compare import MOST_GROWTH, Bounds, Compared, compared
from scaling_assets.science.gates.contrasts import Drawn
from scaling_assets.science.gates.gate import BESIDE, Finding
from scaling_assets.science.gates.looks import at_confidence, blocked, look_at, tail_at
from scaling_assets.science.testing.contrast import Contrast
from scaling_assets.science.testing.power import detectable, hedges_g, t_power, t_units

Back = Callable[[float], float]


def read(
    gate: Gate, claim: Compared, group: Group, subject: str, unit: str, drawn: Drawn, looks: Looks, *,
    power: float, expected: Any, back: Back | None, items: Contrast | None = None,
) -> Finding:  # fmt: skip
    """Return the finding of a claim about a contrast; ``back`` takes logarithms back to ratios.

    ``items`` is what the items of these very runs say, told beside it.
    """
    contrast = drawn.contrast
    look = look_at(looks, gate.confidence, drawn.smaller, f"{drawn.unit_word}s")
    tail = 1 - look.confidence
    scaled = _scaled(contrast, back)
    value = contrast.value if back is None or contrast.value is None else back(contrast.value)

    def grown(factor: float) -> Bounds:
        at = tail_at(looks, gate.confidence, drawn.smaller * factor)
        low, high = scaled(at, factor)
        can = contrast.floor is None or contrast.floor(factor) < at * (1 - 1e-9)
        return (low, high) if can else (None, None)

    low, high = scaled(tail, 1.0)
    floor = 0.0 if contrast.floor is None or looks.plan == "always_valid" else contrast.floor(1.0)
    too_small = contrast.bounds is not None and floor >= tail * (
        1 - 1e-9
    )  # exactly at the level proves nothing either
    told = f"{subject}, {look.words}" if look.words else subject
    finding = compared(
        at_confidence(gate, look.confidence), claim, group, told, unit, value,
        (None, None) if too_small else (low, high), contrast.n_units,
        missing=contrast.reason or "more units are needed for a bound",
        grown=grown if contrast.bounds is not None else None, unit_word=drawn.unit_word,
    )  # fmt: skip
    evidence = {
        **_p_values(contrast, claim, back, floor, tail), **_sizes(drawn, tail, power, back),
        **planned(expected, power, tail, drawn.unit_word == "pair"), **look.evidence,
    }  # fmt: skip
    finding = replace(finding, method=contrast.method, low=low, high=high, evidence=evidence)
    if drawn.unit_word == "unit" and finding.runs_needed is not None:
        finding = replace(finding, remedy=f"{finding.remedy[:-1]}, both arms together.")
    if too_small:
        finding = _too_small(finding, drawn, tail, floor, subject)
    if items is not None and items.bounds is not None:
        finding = _beside(finding, items, 1 - gate.confidence, claim)
    return blocked(finding, look) if look.blocked else finding


def _scaled(contrast: Contrast, back: Back | None) -> Callable[[float, float], Bounds]:
    bounds = contrast.bounds
    if bounds is None:
        return lambda tail, factor: (None, None)
    if back is None:
        return bounds

    def ratio(tail: float, factor: float) -> Bounds:
        low, high = bounds(tail, factor)
        return None if low is None else back(low), None if high is None else back(high)

    return ratio


def _too_small(finding: Finding, drawn: Drawn, tail: float, floor: float, subject: str) -> Finding:
    """No outcome of so small a design could prove anything; how many units could."""
    n, word = drawn.contrast.n_units, drawn.unit_word
    assert drawn.contrast.floor is not None
    need = next(
        (m for m in range(1, MOST_GROWTH) if drawn.contrast.floor((n + m) / n) < tail * (1 - 1e-9)), None
    )
    more = max(filter(None, (finding.runs_needed, need)), default=None)
    df = drawn.contrast.evidence.get("df")
    critical = (
        f"they have a critical t of {special.stdtrit(df, 0.975):.2f} (two-sided 95 %) and " if df else ""
    )
    two_sided = min(2 * floor, 1.0)
    reason = (
        f"{subject} cannot be settled by {n} {word}s: {critical}re-assigning them cannot give a "
        f"p-value below {two_sided:.2g} (two-sided)"
    )
    return replace(
        finding,
        outcome=Outcome.INCONCLUSIVE,
        reason=reason,
        remedy=f"At least {more} further {word}(s) are needed." if more else "",
        runs_needed=more,
    )


def _p_values(
    contrast: Contrast, claim: Compared, back: Back | None, floor: float, tail: float
) -> dict[str, float | None]:
    """The p-value of the claim (largest of its two for "within"); never below what the design can reach."""
    if contrast.bounds is None:
        return {"p_value": None}
    limits = [
        log(limit) if back is not None else limit for limit in claim.limits if back is None or limit > 0
    ]
    if len(limits) < len(claim.limits):
        return {"p_value": None}
    above, below = contrast.p_values(limits[0])[0], contrast.p_values(limits[-1])[1]
    p = {"within": max(above, below), ">": above, ">=": above, "<": below, "<=": below}[claim.operator]
    floored = {"p_floor": floor} if floor else {}
    told = {k: v for k, v in contrast.evidence.items() if k != "p_value"}
    return {"p_value": max(p, floor), **floored, **told, "tail": tail}


def _sizes(drawn: Drawn, tail: float, power: float, back: Back | None) -> dict[str, float | None]:
    """Smallest effect that such data find, and Hedges' g of the two arms."""
    found: dict[str, float | None] = {}
    se, df = drawn.contrast.evidence.get("se"), drawn.contrast.evidence.get("df")
    if se and df and tail > 0:
        found["minimum_detectable"] = detectable(se, df, tail, power)
        found["critical_t"] = float(special.stdtrit(df, 1 - tail))
    x, y = drawn.arms
    if back is None and min(len(x), len(y)) > 1 and np.ptp(x) + np.ptp(y) > 0:
        g, low, high = hedges_g(x, y, tail)
        found |= {"hedges_g": g, "hedges_g_low": low, "hedges_g_high": high}
    return found


def planned(expected: Any, power: float, tail: float, is_paired: bool) -> dict[str, float | None]:
    """Power of the declared design for the declared effect, and the units that ``power`` would take."""
    if expected is None:
        return {}
    design = "paired" if is_paired else "two_sample"
    return {
        "planned_power": t_power(expected.units, expected.effect, expected.sd, tail, design),  # type: ignore[arg-type]
        "planned_units": t_units(power, expected.effect, expected.sd, tail, design),  # type: ignore[arg-type]
    }


def _beside(finding: Finding, items: Contrast, tail: float, claim: Compared) -> Finding:
    """The finding with what the items of these runs say, for readers who ask about these runs alone."""
    assert items.bounds is not None and items.value is not None
    low, high = items.bounds(tail, 1.0)
    above, below = items.p_values(claim.limits[0])[0], items.p_values(claim.limits[-1])[1]
    p = {"within": max(above, below), ">": above, ">=": above, "<": below, "<=": below}[claim.operator]
    text = ""
    if low is not None and high is not None:
        span = f"{items.value:.4g} [{low:.4g}, {high:.4g}]"
        text = f"{BESIDE} {span}, conditional on the runs"
    evidence = {"items_value": items.value, "items_low": low, "items_high": high, "items_p_value": p}
    return replace(finding, reason=finding.reason + text, evidence={**finding.evidence, **evidence})
