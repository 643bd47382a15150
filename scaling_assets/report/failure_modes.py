"""Where gates fail: which group of a split gate is worst, which value fails most often, which items flip.

What belongs here: reading verdicts beside one another. What does not: judging, escaping, layout (``verdict_page``).
"""

from collections.abc import Iterator, Sequence

from scaling_assets.records.verdict import WORST_FIRST, Outcome, Verdict
from scaling_assets.report import wording

ANSWERED = (Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE)
SHOWN = 5


def sentences(verdicts: Sequence[Verdict]) -> list[str]:
    """One sentence a gate with several groups that do not all pass, one a gate with items that flip."""
    gates: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        gates.setdefault(verdict.gate, []).append(verdict)
    return [told for found in gates.values() for told in (*_split(found), *_flips(found))]


def shortfall(verdict: Verdict) -> float:
    """How far the measured value lies on the wrong side of the nearest threshold, in half widths of its interval.

    Negative on the right side; minus infinity where there is nothing to measure by.
    """
    if verdict.measured is None or not verdict.threshold:
        return float("-inf")
    value, first, last = verdict.measured, verdict.threshold[0], verdict.threshold[-1]
    short = {"<": value - last, "<=": value - last, ">": first - value, ">=": first - value}.get(
        verdict.operator, max(first - value, value - last)
    )
    ends = [abs(end - value) for end in (verdict.low, verdict.high) if end is not None]
    width = max(ends, default=0.0)
    return short / width if width > 0 else float("inf") if short > 0 else float("-inf")


def _split(found: Sequence[Verdict]) -> Iterator[str]:
    asked = [v for v in found if v.outcome is not Outcome.NOT_APPLICABLE]
    short = [v for v in asked if v.outcome is not Outcome.PASS]
    if len(asked) < 2 or not short:
        return
    counts = {o: sum(v.outcome is o for v in asked) for o in WORST_FIRST if o is not Outcome.NOT_APPLICABLE}
    told = ", ".join(f"{n} {wording.OUTCOME_WORDS[o]}" for o, n in counts.items() if n)
    worst = min(short, key=lambda v: (WORST_FIRST.index(v.outcome), -shortfall(v)))
    sentence = f"{worst.gate}: of {len(asked)} groups {told}; worst at {wording.group_text(worst.group)}"
    if worst.measured is not None:
        value = wording.labelled_value(worst.measured, worst.low, worst.high, worst.unit)
        sentence += f" ({value}, required {wording.threshold_text(worst)})"
    yield sentence + "".join(_by_column(asked))


def _by_column(asked: Sequence[Verdict]) -> Iterator[str]:
    """Which value of each column fails how often, where the groups have several columns."""
    columns = list(asked[0].group)
    for column in columns if len(columns) > 1 else ():
        of: dict[object, list[Verdict]] = {}
        for verdict in asked:
            of.setdefault(verdict.group.get(column), []).append(verdict)
        short = {value: sum(v.outcome is not Outcome.PASS for v in own) for value, own in of.items()}
        ranked = sorted((value for value in short if short[value]), key=lambda value: -short[value])
        told = ", ".join(f"{value} {short[value]} of {len(of[value])}" for value in ranked[:SHOWN])
        yield f"; not passing by {column}: {told}"


def _flips(found: Sequence[Verdict]) -> Iterator[str]:
    for verdict in found:
        won, lost = verdict.evidence.get("flips_won"), verdict.evidence.get("flips_lost")
        if won is not None and lost is not None:
            group = wording.group_text(verdict.group)
            where = f" at {group}" if group else ""
            yield f"{verdict.gate}{where}: {won:,.0f} item(s) turned right, {lost:,.0f} turned wrong"
