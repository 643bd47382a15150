"""Tables of what verdicts and laws say: criteria ticked by gates, exponents with their intervals.

What lives here: figures of verdicts and exponents. What does not: judging (``gates``), finding laws (``referred``).
"""

from scaling_assets.records.planned import Figure
from scaling_assets.records.verdict import Verdict
from scaling_assets.science.planning.kind import PlanCase
from scaling_assets.science.planning.referred import law_meant
from scaling_assets.science.planning.sheet import number_text


def ticks(case: PlanCase) -> list[Figure]:
    """Each gate's verdicts: outcome, what was measured, against what."""
    found: list[Figure] = []
    for one in case.question.criteria:
        mine = _verdicts(case, one.experiment, one.gate)
        if not mine:
            found.append(Figure("gates", f"{one.experiment}: {one.gate}", "outcome", status="no verdict"))
        for verdict in mine:
            group = ", ".join(f"{k} = {v}" for k, v in verdict.group.items())
            item = f"{one.experiment}: {one.gate}" + (f" ({group})" if group else "")
            limit = " to ".join(number_text(t) for t in verdict.threshold)
            found += [
                Figure("gates", item, "outcome", status=verdict.outcome.value.replace("_", " ")),
                Figure("gates", item, "measured", verdict.measured, verdict.low, verdict.high, verdict.unit,
                       method=verdict.method),
                Figure("gates", item, "threshold", text=f"{verdict.operator} {limit}".strip()),
                Figure("gates", item, "standing", text=verdict.standing or "not known"),
            ]  # fmt: skip
    return found


def simulated_ticks(case: PlanCase) -> bool:
    """True when a verdict that ticks a criterion is one of simulated runs."""
    return any(
        v.is_simulated for one in case.question.criteria for v in _verdicts(case, one.experiment, one.gate)
    )


def _verdicts(case: PlanCase, experiment: str, gate: str) -> list[Verdict]:
    return [v for v in case.verdicts if v.experiment == experiment and v.gate == gate]


def exponents(case: PlanCase) -> tuple[list[Figure], tuple[str, ...], bool]:
    """Exponents with their intervals, the laws they are from, and whether some of these are simulated."""
    found, used = [], []
    for one in case.question.exponents:
        law = law_meant(one.law, case.laws)
        if isinstance(law, str):
            found.append(Figure("exponents", one.name, "exponent", status="not known", text=law))
            continue
        used.append(law)
        try:
            of = law.parameter("exponent")
        except KeyError:
            text = f"the {law.family} law of {law.metric} has no exponent; name a family that has one"
            found.append(Figure("exponents", one.name, "exponent", status="not known", text=text))
            continue
        text = f"{law.family} law of {law.metric}, {law.n_units} units"
        found.append(
            Figure(
                "exponents", one.name, "exponent", of.value, of.low, of.high, "1", text=text, method=of.method
            )
        )
    return found, tuple(law.law_id for law in used), any(law.is_simulated for law in used)
