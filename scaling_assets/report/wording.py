"""Numbers, names and sentences as people read them.

What belongs here: wording shared by pictures, pages and the command line. What does not: escaping
(each page knows its own syntax), layout.
"""

import math
import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from scaling_assets.records.law import Group, Law, ParameterEstimate
from scaling_assets.records.verdict import Outcome, Verdict
from scaling_assets.science.laws import FAMILIES

OUTCOME_WORDS = {
    Outcome.PASS: "pass",
    Outcome.FAIL: "fail",
    Outcome.INCONCLUSIVE: "inconclusive",
    Outcome.INSUFFICIENT_DATA: "insufficient data",
    Outcome.NOT_APPLICABLE: "not applicable",
}
OPERATOR_SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "within": "within", "==": "="}


def number(value: float | None, digits: int = 4) -> str:
    """The value with so many significant digits, readable from 1e-4 to 1e7; a dash for nothing."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    size = abs(value)
    if size != 0 and (size >= 1e7 or size < 1e-4):
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        if "." in mantissa:
            mantissa = mantissa.rstrip("0").rstrip(".")
        return f"{mantissa}e{int(exponent)}"
    if size >= 1000:
        return f"{float(f'{value:.{digits}g}') if size < 10**digits else value:,.0f}"
    text = f"{value:.{digits}g}"
    return text if "e" not in text else f"{float(text):f}".rstrip("0").rstrip(".")


def exactly(value: float | None) -> str:
    """An amount to be bought or paid: all its digits where it has ten or fewer, else six; never rounded to four."""
    if value is None or not math.isfinite(value):
        return number(value)
    text = f"{value:,.10g}"
    if abs(float(text.replace(",", "")) - value) > 1e-12 * abs(value):
        text = f"{value:,.6g}"
    return re.sub(r"e([+-])0*", lambda found: "e-" if found[1] == "-" else "e", text)


def more_text(verdict: Verdict) -> str:
    """How many further units it takes; empty where the remedy says how many already."""
    n = verdict.runs_needed
    if not n or re.search(rf"\b{n}\b", verdict.remedy.replace(",", "")):
        return ""
    return f"About {n:,} further units would settle it."


def interval(low: float | None, high: float | None, digits: int = 4) -> str:
    """``[low, high]``, a one-sided bound in words, or nothing."""
    if low is None and high is None:
        return ""
    if low is None:
        return f"(at most {number(high, digits)})"
    if high is None:
        return f"(at least {number(low, digits)})"
    return f"[{number(low, digits)}, {number(high, digits)}]"


def with_interval(value: float | None, low: float | None, high: float | None, unit: str = "") -> str:
    """``value [low, high] unit``."""
    return " ".join(part for part in (number(value), interval(low, high), unit_text(unit)) if part)


def unit_text(unit: str) -> str:
    """The unit, or nothing for a pure number."""
    return "" if unit == "1" else unit


def group_text(group: Group) -> str:
    """``project=alpha, condition=B``; empty for the whole experiment."""
    return ", ".join(f"{key}={number(v) if isinstance(v, float) else v}" for key, v in group.items())


def labelled(name: str, unit: str) -> str:
    """``regen_ms (ms)``, without a unit that the name ends with or that is not there."""
    unit = unit_text(unit)
    return name if not unit or f"_{name}".endswith(f"_{unit}") else f"{name} ({unit})"


def law_name(law: Law) -> str:
    """``question [group], family``."""
    group = group_text(law.group)
    return f"{law.question} [{group}], {law.family}" if group else f"{law.question}, {law.family}"


def exponent_of(law: Law) -> ParameterEstimate | None:
    """The law's first parameter with the role of an exponent, if it has a usable one."""
    if not law.is_usable:
        return None
    return next((p for p in law.parameters if p.role == "exponent" and p.value is not None), None)


def parameter_text(parameter: ParameterEstimate) -> str:
    """``b = 0.35 [0.34, 0.36]``."""
    bound = " at its bound" if parameter.at_bound else ""
    return f"{parameter.name} = {with_interval(parameter.value, parameter.low, parameter.high)}{bound}"


def equation(law: Law) -> str:
    """The family's equation, as its file declares it."""
    if law.is_average:
        return "weighted median of its members on the residual scale"
    family = FAMILIES.get(law.family)
    return str(family.equation) if family is not None else law.family


def family_title(law: Law) -> str:
    """The family's name for people, as its file declares it."""
    family = FAMILIES.get(law.family)
    return str(family.title) if family is not None else law.family


def status_text(law: Law) -> str:
    """``converged``, ``bound hit`` ..."""
    return law.status.value.replace("_", " ")


def threshold_text(verdict: Verdict) -> str:
    """``< 80 ms``, ``within 0.25 to 0.35``."""
    sign = OPERATOR_SIGNS.get(verdict.operator, verdict.operator)
    values = " to ".join(number(value) for value in verdict.threshold)
    return " ".join(part for part in (sign, values, unit_text(verdict.unit)) if part)


def reach(law: Law) -> str:
    """The measured range per axis and how far beyond it the law still answers."""
    ranges = ", ".join(
        f"{axis} {number(low)} to {number(high)}"
        for axis, (low, high) in zip(law.axes, law.domain, strict=False)
    )
    return f"{ranges}; answers up to {number(law.extrapolation_limit)}x outside" if ranges else ""


def leading(laws: Iterable[Law]) -> list[Law]:
    """One law per question and group: the leading one or, where none leads, the declared, else the first tried.

    Only a declared law that cannot lead has a ``leading_reason`` without leading.
    """
    chosen: dict[tuple[str, str, str], Law] = {}
    for law in laws:
        key = (law.experiment, law.question, group_text(law.group))
        rank = (law.is_leading, bool(law.leading_reason))
        if key not in chosen or rank > (chosen[key].is_leading, bool(chosen[key].leading_reason)):
            chosen[key] = law
    return list(chosen.values())


def labelled_value(value: float | None, low: float | None, high: float | None, unit: str) -> str:
    """``52 ms [50, 54]``."""
    return " ".join(part for part in (number(value), unit_text(unit), interval(low, high)) if part)


def moment(found: datetime | None) -> str:
    """``2026-11-26 10:15 UTC``; a dash for nothing."""
    return f"{found:%Y-%m-%d %H:%M} UTC" if found else "–"


def standing_text(verdict: Verdict) -> str:
    """``confirmatory``, ``exploratory since 2026-11-26 10:15 UTC``, or a dash where it is not known."""
    if verdict.standing == "exploratory":
        return f"exploratory since {moment(verdict.standing_since)}"
    return verdict.standing or "–"


def passed(verdicts: Sequence[Verdict]) -> tuple[int, int]:
    """(gates passed, gates that could be asked); not-applicable ones are left out."""
    asked = [v for v in verdicts if v.outcome is not Outcome.NOT_APPLICABLE]
    return sum(v.outcome is Outcome.PASS for v in asked), len(asked)
