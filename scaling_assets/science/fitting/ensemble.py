"""The average of a problem's laws: from fitted laws and their back-tests to one more law.

What belongs here: bringing laws, back-tests and emphasised fits to the rule of ``averaging``, and the record that
comes out. What does not: the rule, the curve of an average (``mixture``), its intervals (``predict``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from scaling_assets.records.identity import content_id
from scaling_assets.records.law import AVERAGE, Law, LawStatus
from scaling_assets.science.fitting import averaging
from scaling_assets.science.fitting.averaged import BackTested, measured
from scaling_assets.science.fitting.backtest import BackTest
from scaling_assets.science.fitting.choose import usual_misfit
from scaling_assets.science.fitting.mixture import packed
from scaling_assets.science.fitting.outcome import law_version
from scaling_assets.science.fitting.problem import Problem

FEWEST_ORIGINS = 2  # one split ranks laws by luck


@dataclass(frozen=True, eq=False)
class Candidate:
    """A usable law that was back-tested; ``fit_p`` how usual its misfit would be, were its form right."""

    law: Law
    test: BackTest
    fit_p: float


def candidates(laws: Sequence[Law], tests: Mapping[str, BackTest]) -> list[Candidate]:
    """The laws of a problem that may enter its average."""
    found = []
    for law in laws:
        if law.is_usable and law.family in tests and len(law.draws):
            found.append(Candidate(law, tests[law.family], usual_misfit(law)))
    return found


def wants_emphasis(problem: Problem, found: Sequence[Candidate]) -> list[str]:
    """The families whose emphasised fit could enter: none while some law fits all scales, or scales are too few."""
    enough = [c for c in found if len(c.law.parameters) * averaging.POINTS_PER_PARAMETER <= len(problem.y)]
    if len(enough) < 2 or problem.x.shape[1] > 1 or not (problem.x > 0).all():
        return []
    if averaging.some_law_fits(np.array([c.fit_p for c in enough])):
        return []
    scales = np.unique(np.log(problem.x[:, 0]))
    parameters = np.array([len(c.law.parameters) for c in enough])
    able = averaging.can_be_emphasised(scales[-1] - scales, problem.horizon, parameters)
    return [c.law.family for c, fine in zip(enough, able, strict=True) if fine]


def emphasised(problem: Problem) -> Problem:
    """The same problem with emphasis on its large scales."""
    size = np.log(problem.x[:, 0])
    weight = problem.known_weight * averaging.emphasis(size.max() - size, problem.horizon)
    return replace(problem, weight=weight)


def average(problem: Problem, plain: Sequence[Candidate], strong: Mapping[str, Candidate]) -> Law | None:
    """The average law of a problem; None where there is nothing to average.

    Args:
        plain: the candidates.
        strong: the emphasised fits of those that ``wants_emphasis`` named.
    """
    if len(plain) < 2 or plain[0].test.origins < FEWEST_ORIGINS:
        return None
    fit_p = np.array([c.fit_p for c in plain])
    parameters = np.array([len(c.law.parameters) for c in plain])
    enough = parameters * averaging.POINTS_PER_PARAMETER <= len(problem.y)
    origin, sizes = plain[0].test.origin, plain[0].test.cell_sizes
    entering = [_entering(c, strong, fit_p[enough]) for c in plain]
    unit = plain[0].test.unit
    errors = np.stack([c.test.errors for c in entering]) / unit
    names = [c.law.family for c in plain]
    said = averaging.weigh(names, parameters, len(problem.y), fit_p, errors, origin)
    kept = np.flatnonzero(said.weights > 0)
    if len(kept) < 2:
        return None
    chosen = [entering[i] for i in kept]
    weights = said.weights[kept]
    estimates, draws = packed([c.law for c in chosen], list(weights))
    fits = averaging.some_law_fits(fit_p[enough])
    first = chosen[0].law
    tested = BackTested(
        averaging.weighted_median(errors[kept], weights),
        origin,
        sizes,
        _independent(problem, plain[0].test),
        fits,
    )
    noise, squared, cells = measured(
        np.array([((c.law.noise or 0.0) / unit) ** 2 for c in chosen]), weights, tested
    )
    version = law_version(problem, AVERAGE)
    identity = content_id(
        "law", problem.experiment, problem.question.label, dict(problem.group), AVERAGE, version
    )
    return replace(
        first,
        law_id=identity,
        family=AVERAGE,
        status=LawStatus.CONVERGED,
        reason=_told(said, {c.law.family for c in chosen if c is strong.get(c.law.family)}),
        parameters=estimates,
        draws=draws,
        noise=float(np.sqrt(noise)) * unit,
        data_version=version,
        is_leading=False,
        leading_reason="",
        evidence={
            "n_members": float(len(kept)),
            "n_families_tried": float(len(problem.question.families)),
            "backtest_error": float(np.sqrt(squared)) * unit,
            "backtest_origins": float(plain[0].test.origins),
            "backtest_ratio": plain[0].test.ratio,
            "independent_origins": tested.independent,
            "cell_noise": float(np.sqrt(cells)) * unit,
            "some_law_fits": float(fits),
            "n_emphasised": float(sum(c is strong.get(c.law.family) for c in chosen)),
            "degrees_of_freedom": float(min(c.law.evidence.get("degrees_of_freedom") or 1.0 for c in chosen)),
        },
    )  # fmt: skip


def _entering(candidate: Candidate, strong: Mapping[str, Candidate], fit_p: np.ndarray) -> Candidate:
    other = strong.get(candidate.law.family)
    return candidate if other is None or averaging.some_law_fits(fit_p) else other


def _independent(problem: Problem, test: BackTest) -> float:
    if problem.x.shape[1] > 1:
        return float(test.origins)
    return averaging.independent_within(test.span, problem.horizon)


def _told(said: averaging.Weights, strong: set[str]) -> str:
    """Who is in the average and who is not, in words."""
    shares = [
        f"{name} {weight:.2f}" + (" (large scales emphasised)" if name in strong else "")
        for name, weight in zip(said.names, said.weights, strict=True) if weight > 0
    ]  # fmt: skip
    text = f"weights {', '.join(shares)}"
    if said.close:
        text += f"; back-tests cannot separate {', '.join(said.close)} from {said.best}"
    return text + "".join(f"; {name}: {why}" for name, why in said.excluded.items())
