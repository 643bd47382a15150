"""What was expected of an effect before the runs, against the interval after them.

What lives here: the comparison and its words. What does not: power for a planned effect (``reading.planned``). An
expectation decides nothing: a gate may pass with an effect that nobody predicted, and that is worth knowing.
"""

from dataclasses import replace

from scaling_assets.science.gates.compare import number
from scaling_assets.science.gates.gate import Finding


def against(finding: Finding, expected: tuple[float, float] | None, confidence: float) -> Finding:
    """The finding with where its interval lies to the declared range: inside, outside, or not settled.

    Evidence: ``expected_low``, ``expected_high``, and ``expectation_met`` 1 (the interval lies inside), 0 (outside)
    or None (it reaches over an end, or there is none).
    """
    if expected is None:
        return finding
    low, high = finding.low, finding.high
    met: float | None = None
    if low is None or high is None:
        where = "there is no interval to hold against it"
    elif low > expected[1] or high < expected[0]:
        met, where = 0.0, f"the effect lies {'above' if low > expected[1] else 'below'} it"
    elif low >= expected[0] and high <= expected[1]:
        met, where = 1.0, "the effect lies inside"
    else:
        where = "the interval does not settle whether the effect lies inside"
    ends = f"{number(expected[0])} to {number(expected[1], finding.unit)}"
    level = f"{100 * (2 * confidence - 1):g} %"
    evidence = {
        **finding.evidence, "expected_low": expected[0], "expected_high": expected[1], "expectation_met": met,
    }  # fmt: skip
    return replace(
        finding,
        reason=f"{finding.reason}; expected before the runs {ends}: {where} ({level})",
        evidence=evidence,
    )
