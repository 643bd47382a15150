"""A law as plain numbers that a later law can be compared with: no draws, no data.

What belongs here: which parts of a law are monitored, which way each is worse, the sample of its runs. What does
not: the comparison (``against``), where snapshots are kept (``store``).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy.stats import t as student

from scaling_assets.records.baseline import LEVEL, BaselineLaw, BaselinePart, Worse
from scaling_assets.records.law import Law, ParameterEstimate
from scaling_assets.science.comparing.effects import Effect, effect, reference
from scaling_assets.science.fitting import Problem, draw_curves
from scaling_assets.science.fitting.distinct import but_for_rounding
from scaling_assets.science.fitting.scale import SCALES
from scaling_assets.science.laws import FAMILIES

#: Roles of parameters that say something by themselves; a coefficient is told by the level.
MONITORED = ("exponent", "floor", "ceiling", "contention", "coherency")
SAMPLED = 64  # runs that a snapshot remembers by their hashes
STEP = 1e-4  # of a parameter: far above rounding, far below any bend of the curve


def snapshot(
    law: Law, problem: Problem, hardware: Mapping[str, Sequence[str]], direction: str
) -> BaselineLaw | str:
    """Return the law's monitored parts, or in words why it cannot be a baseline.

    Args:
        problem: the points that it was fitted to.
        hardware: by declared column, what the runs ran on.
        direction: which values of the metric are better: "lower", "higher" or "none".
    """
    if not law.is_usable:
        return f"the {law.family} law is {law.status.value}: {law.reason}"
    centre = reference([law])
    parts = [part for name in monitored(law) if (part := _part(law, problem, name, centre, direction))]
    if not parts:
        return f"no part of the {law.family} law has a known spread"
    return BaselineLaw(
        experiment=law.experiment,
        question=law.question,
        metric=law.metric,
        metric_unit=problem.metric_unit,
        group=dict(law.group),
        hardware={column: tuple(values) for column, values in hardware.items()},
        family=law.family,
        axes=law.axes,
        residuals=law.residuals,
        domain=law.domain,
        centre=tuple(map(float, centre)),
        law_id=law.law_id,
        n_units=law.n_units,
        units=tuple(sorted(unit_hashes(problem))[:SAMPLED]),
        is_simulated=law.is_simulated,
        parts=tuple(parts),
    )


def monitored(law: Law) -> tuple[str, ...]:
    """The level, and the parameters whose role says that they mean something by themselves."""
    return (LEVEL, *(p.name for p in law.parameters if p.role in MONITORED))


def unit_hashes(problem: Problem) -> set[str]:
    """A hash of each independent unit: its name with all its points, last digits aside.

    Runs of another release that have the same names have other values, and so other hashes.
    """
    points = np.column_stack([but_for_rounding(problem.x), but_for_rounding(problem.y)])
    order = np.argsort(problem.unit.astype(str), kind="stable")
    digests: dict[str, hashlib._Hash] = {}
    for row in order:
        name = str(problem.unit[row])
        digests.setdefault(name, hashlib.sha256(name.encode())).update(points[row].tobytes())
    return {digest.hexdigest()[:16] for digest in digests.values()}


def _part(law: Law, problem: Problem, name: str, centre: np.ndarray, direction: str) -> BaselinePart | None:
    found = effect(law, name, centre, problem)
    if found is None:
        return None
    level = law.parameters[0].level if law.parameters else problem.question.level
    if name == LEVEL:
        ends = _ends(found, level)
        value, low, high = (
            float(SCALES[law.residuals].backward(np.array([end]))[0]) for end in (found.value, *ends)
        )
        return BaselinePart(
            name=LEVEL, role=LEVEL, unit=problem.metric_unit, value=value, low=low, high=high, confidence=level,
            estimate=found.value, standard_error=found.se, degrees_of_freedom=found.degrees, is_log=False,
            worse=_by_sign(1.0, direction),
        )  # fmt: skip
    estimate = law.parameter(name)
    return BaselinePart(
        name=name, role=estimate.role, unit=estimate.unit, value=float(estimate.value or 0.0),
        low=estimate.low, high=estimate.high, confidence=estimate.level, estimate=found.value,
        standard_error=found.se, degrees_of_freedom=found.degrees, is_log=found.is_log,
        worse=worse_way(law, estimate, direction),
    )  # fmt: skip


def _ends(found: Effect, level: float) -> tuple[float, float]:
    reach = float(student.ppf(0.5 + level / 2, found.degrees)) * found.se
    return found.value - reach, found.value + reach


def worse_way(law: Law, estimate: ParameterEstimate, direction: str) -> Worse:
    """Which way of a parameter makes the metric worse where x is largest.

    An exponent is judged with the curve held in the middle of the data: its own coefficient gives way. A larger
    exponent of ``power`` grows faster, one of ``power_floor`` falls faster. "both" where the metric declares
    no direction or the curve does not tell.

    Args:
        direction: which values of the metric are better: "lower", "higher" or "none".
    """
    if direction == "none":
        return "both"
    ends = np.array([[high for _, high in law.domain], reference([law])], dtype=float)
    position = law.parameters.index(estimate)
    top, middle = _moved(law, position, ends)
    if estimate.role == "exponent":
        held = _coefficient_of(law, estimate)
        if held is not None:
            top_held, middle_held = _moved(law, held, ends)
            with np.errstate(all="ignore"):
                top = top - middle * top_held / middle_held
    return _by_sign(float(top), direction) if np.isfinite(top) and abs(top) > 1e-12 else "both"


def _coefficient_of(law: Law, exponent: ParameterEstimate) -> int | None:
    """The coefficient that belongs to an exponent: of as many as there are exponents the one in its place."""
    coefficients = [i for i, p in enumerate(law.parameters) if p.role == "coefficient"]
    exponents = [p.name for p in law.parameters if p.role == "exponent"]
    if not coefficients:
        return None
    return coefficients[exponents.index(exponent.name) if len(coefficients) == len(exponents) else 0]


def _moved(law: Law, position: int, x: np.ndarray) -> np.ndarray:
    """Slope of the curve on the residual scale at x (n, k) in one parameter, (n,), taken inside its domain."""
    centre = np.array([p.value for p in law.parameters], dtype=float)
    domain = FAMILIES[law.family].parameters[position]
    spread = float(np.ptp(law.draws[:, position])) if len(law.draws) else 0.0
    step = STEP * max(abs(centre[position]), spread, 1e-6)
    beside = centre.copy()
    beside[position] += step if centre[position] + step <= domain.upper else -step
    curves = SCALES[law.residuals].forward(draw_curves(replace(law, draws=np.array([centre, beside])), x))
    return np.asarray((curves[1] - curves[0]) / (beside[position] - centre[position]))


def _by_sign(slope: float, direction: str) -> Worse:
    """Which way is worse for something that the metric rises (or falls) with."""
    if direction == "none":
        return "both"
    return "increase" if (slope > 0) == (direction == "lower") else "decrease"
