"""Which law of a question leads: declared, or best by back-test, and when the tests cannot tell.

What belongs here: the choice and its reason in words. What does not: the back-tests themselves.

Laws are compared on equal terms or not at all: by back-tests on the same origins where there are enough of
them, else by AICc, which is one likelihood scale because laws of a question share their residual scale. A law
never leads because the others could not be tested. Before any of this, laws that miss the cells by more than
the noise of the cells (``evidence.lack_of_fit``) stand behind those that do not.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy.special import fdtrc

from scaling_assets.records.law import Law, LawStatus
from scaling_assets.science.fitting.averaging import POINTS_PER_PARAMETER, REJECTED
from scaling_assets.science.fitting.backtest import BackTest
from scaling_assets.science.fitting.losses import CANONICAL

#: Fewer splits are luck: with 5 scales (2 splits) back-tests found a planted peak (usl, 5 % noise) in 3 and 7 of
#: 12 repetitions with 2 and 5 replicates, AICc in all 24.
MIN_ORIGINS = 3
EFFECT = 0.05  # of the F test that stands in where AICc's correction for small samples outweighs any effect
CLOSE = 2.0  # AICc differences below this separate nothing (Burnham & Anderson 2002, section 2.6)
ROUNDING = 1e-20  # mean squares of residuals, in their own unit, that differ by less do so by rounding


def with_leader(laws: Sequence[Law], declared: str | None, tests: Mapping[str, BackTest]) -> list[Law]:
    """The same laws, the leading one marked with the reason.

    A declared law that is not usable leaves the question without a leader: what was declared is not replaced
    by what happens to fit. It then carries the reason itself.
    """
    usable = [law for law in laws if law.is_usable]
    if declared is not None:
        why = "; ".join(
            filter(None, ["declared", *(misfit(law) for law in usable if law.family == declared)])
        )
        if not any(law.family == declared for law in usable):
            why = "declared, but not usable: nothing leads in its place"
        return [
            replace(law, is_leading=law.is_usable, leading_reason=why) if law.family == declared else
            replace(law, is_leading=False, leading_reason="") for law in laws
        ]  # fmt: skip
    if len(usable) == 1 and _is_left_over(usable[0], laws):
        usable = []
    fitting = [law for law in usable if not misfit(law)]
    leader, why = _choose(fitting or usable, tests)
    missing = [law.family for law in usable if misfit(law)]
    if leader is not None and misfit(leader):
        why = f"{misfit(leader)}, as do all others: {why}" if len(usable) > 1 else f"{misfit(leader)}; {why}"
    elif leader is not None and missing:
        if len(fitting) == 1:
            why = "the only law that does not miss the cells by more than their own noise"
            if leader.family in tests:
                why += f": back-test error {tests[leader.family].error:.3g}"
        why += f"; {', '.join(missing)} set aside for lack of fit"
    return [
        replace(law, is_leading=law is leader, leading_reason=why if law is leader else "") for law in laws
    ]


def misfit(law: Law) -> str:
    """In words, that a law misses its cells by more than their own noise; "" when it does not."""
    p = law.evidence.get("lack_of_fit_p")
    if p is None or p >= REJECTED:
        return ""
    return f"misses the cells by more than their own noise (lack-of-fit p = {p:.1g})"


def usual_misfit(law: Law) -> float:
    """How usual the law's misfit would be, were its form right: the rarer of two tests, counted twice."""
    named = (law.evidence.get("lack_of_fit_p"), law.evidence.get("serial_correlation_p"))
    found = [p for p in named if p is not None]
    return min(1.0, len(found) * min(found)) if found else 1.0


def _is_left_over(law: Law, laws: Sequence[Law]) -> bool:
    """True for a law of one parameter beside others with too few scales or points, or a failed fit.

    It would say that nothing depends on x, and predict so, because nothing else could be tried.
    """
    others = [other for other in laws if other is not law]
    untried = (LawStatus.UNDERDETERMINED, LawStatus.FAILED)
    return len(law.parameters) == 1 and any(o.status in untried for o in others)


def _choose(usable: list[Law], tests: Mapping[str, BackTest]) -> tuple[Law | None, str]:
    if not usable:
        return None, ""
    if len(usable) == 1:
        return usable[0], "the only usable law"
    crowded = [law for law in usable if len(law.parameters) * POINTS_PER_PARAMETER > law.n_points]
    origins = max((test.origins for test in tests.values()), default=0)
    if origins < MIN_ORIGINS:
        is_likelihood = usable[0].estimator in CANONICAL
        why = "likelihoods are compared as such" if is_likelihood else "too few scales for a back-test"
        return _by_criterion(usable, why)
    if crowded:
        many = max(crowded, key=lambda law: len(law.parameters))
        lack = f"{many.n_points} points are fewer than {POINTS_PER_PARAMETER} a parameter of {many.family}"
        return _by_criterion(usable, f"too few points for a back-test ({lack})")
    # The origins suit every family: a law without a test predicts nothing at the held-out scales.
    tested = [law for law in usable if law.family in tests]
    best = min(tested, key=lambda law: tests[law.family].error)
    close = [law for law in tested if law is best or not _separated(best, law, tests)]

    def error(law: Law) -> float:
        return tests[law.family].error

    silent = [law.family for law in usable if law.family not in tests]
    lost = f"; no prediction at larger scales from {', '.join(silent)}" if silent else ""
    return _simplest(tested, close, error, "back-test error", f"{origins} origins{lost}")


def _by_criterion(usable: list[Law], why: str) -> tuple[Law, str]:
    """The law with the lowest AICc, or the simplest of those that are close to it."""
    scored = {law.family: law.evidence.get("aicc") for law in usable}

    def criterion(law: Law) -> float:
        found = scored[law.family]
        return np.inf if found is None else found

    best = min(usable, key=lambda law: (criterion(law), len(law.parameters)))
    telling = [law for law in usable if len(law.parameters) > 1 and _no_effect_p(law) < EFFECT]
    if len(best.parameters) == 1 and telling:
        usable, why = telling, f"{why}; an F test finds an effect that so few points hide from AICc"
        best = min(usable, key=lambda law: (criterion(law), len(law.parameters)))
    close = [law for law in usable if law is best or criterion(law) < criterion(best) + CLOSE]
    leader, text = _simplest(usable, close, criterion, "AICc")
    return leader, f"{why}: {text}"


def _no_effect_p(law: Law) -> float:
    """Probability of an r2 this high without any effect of x: the F test of a regression against its mean."""
    r2, p, n = law.evidence.get("r2"), len(law.parameters), law.n_points
    if r2 is None or not r2 > 0.0 or n <= p:
        return 1.0
    return float(fdtrc(p - 1, n - p, r2 / (p - 1) / max((1.0 - r2) / (n - p), 1e-300)))


def _simplest(
    compared: list[Law], close: list[Law], score: Callable[[Law], float], what: str, note: str = ""
) -> tuple[Law, str]:
    """The law with the fewest parameters among the close ones, the best of equals; and why."""
    leader = min(close, key=lambda law: (len(law.parameters), score(law)))
    others = sorted((law for law in close if law is not leader), key=score)
    mine = f"{what} {score(leader):.3g}"
    if others:
        names = ", ".join(f"{law.family} {score(law):.3g}" for law in others)
        mine_p, counts = len(leader.parameters), [len(law.parameters) for law in others]
        choice = "has the fewest parameters" if mine_p < min(counts) else "is lowest"
        if mine_p == min(counts) < max(counts):
            choice = f"is lowest of those with {mine_p} parameters"
        inside = "; ".join(filter(None, (mine, note)))
        return leader, f"cannot separate from {names}: {leader.family} {choice} ({inside})"
    behind = f" ({note})" if note else ""
    rest = [law for law in compared if law is not leader]
    if not rest:
        return leader, f"the only law that predicts larger scales: {mine}{behind}"
    following = min(rest, key=score)
    return leader, f"lowest {mine}; next is {following.family} with {score(following):.3g}{behind}"


def _separated(best: Law, other: Law, tests: Mapping[str, BackTest]) -> bool:
    """True when the other law's squared errors exceed the best one's by more than their own noise.

    The noise is the standard error of the paired differences of squared errors, and not less than what run
    noise does to the median of a held-out cell (a single cell has no spread of its own).
    """
    a, b = tests[best.family], tests[other.family]
    difference = (b.errors / a.unit) ** 2 - (a.errors / a.unit) ** 2
    m = len(difference)
    widened = np.where(a.cell_sizes > 2, np.pi / 2, 1.0)  # variance of a median against that of a mean
    noise = ((best.noise or 0.0) / a.unit) ** 2 * widened / a.cell_sizes
    expected = np.sqrt(2.0) * np.sqrt(np.sum(noise**2)) / m
    paired = float(np.std(difference, ddof=1) / np.sqrt(m)) if m >= 2 else 0.0
    return bool(np.mean(difference) > max(paired, expected, ROUNDING))
