"""Which law of a question leads: declared, or best by back-test, and when the tests cannot tell.

What belongs here: the choice and its reason in words. What does not: the back-tests themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from scaling_assets.records.law import Law
from scaling_assets.science.fitting.backtest import BackTest

POINTS_PER_PARAMETER = 4


def with_leader(laws: Sequence[Law], declared: str | None, tests: Mapping[str, BackTest]) -> list[Law]:
    """The same laws, the leading one marked, every one of them saying why."""
    usable = [law for law in laws if law.is_usable]
    leader, why = _choose(usable, declared, tests)
    return [
        replace(law, is_leading=law is leader, leading_reason=why if law is leader else "") for law in laws
    ]


def _choose(usable: list[Law], declared: str | None, tests: Mapping[str, BackTest]) -> tuple[Law | None, str]:
    if not usable:
        return None, ""
    for law in usable:
        if law.family == declared:
            return law, "declared"
    lost = f"the declared {declared} law is not usable; " if declared is not None else ""
    if len(usable) == 1:
        return usable[0], lost + "the only usable law"
    small = [law for law in usable if len(law.parameters) * POINTS_PER_PARAMETER <= law.n_points]
    if not small:
        simplest = min(usable, key=lambda law: len(law.parameters))
        return simplest, lost + (
            f"{simplest.n_points} points are fewer than {POINTS_PER_PARAMETER} a parameter for every law; "
            "the simplest leads"
        )
    tested = sorted((law for law in small if law.family in tests), key=lambda law: tests[law.family].error)
    if not tested:
        simplest = min(small, key=lambda law: len(law.parameters))
        return simplest, lost + "too few scales for a back-test; the simplest usable law leads"
    best = tested[0]
    error = tests[best.family].error
    if len(tested) == 1:
        return best, lost + f"the only law with a back-test (error {error:.3g})"
    close = [law for law in tested[1:] if not _separated(best, law, tests)]
    leader = min([best, *close], key=lambda law: (len(law.parameters), tests[law.family].error))
    text = f"back-test error {tests[leader.family].error:.3g} over {tests[leader.family].origins} origin(s)"
    if not close:
        return (
            leader,
            lost + f"lowest {text}; next is {tested[1].family} with {tests[tested[1].family].error:.3g}",
        )
    others = ", ".join(
        f"{law.family} {tests[law.family].error:.3g}" for law in [best, *close] if law is not leader
    )
    choice = (
        "has the fewest parameters"
        if len(leader.parameters) < max(len(c.parameters) for c in [best, *close])
        else "is lowest"
    )
    return leader, lost + f"cannot separate from {others}: {leader.family} {choice} ({text})"


def _separated(best: Law, other: Law, tests: Mapping[str, BackTest]) -> bool:
    """True when the other law's squared errors exceed the best one's by more than their own noise.

    The noise is the standard error of the paired differences of squared errors, and not less than what run
    noise does to the mean of a held-out cell (a single cell has no spread of its own).
    """
    a, b = tests[best.family], tests[other.family]
    difference = b.errors**2 - a.errors**2
    m = len(difference)
    noise = (best.noise or 0.0) ** 2 / a.cell_sizes
    expected = np.sqrt(2.0) * np.sqrt(np.sum(noise**2)) / m
    paired = float(np.std(difference, ddof=1) / np.sqrt(m)) if m >= 2 else 0.0
    return bool(np.mean(difference) > max(paired, expected, 1e-20))
