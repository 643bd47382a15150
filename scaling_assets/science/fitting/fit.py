"""The door of fitting: problems in, laws out.

What belongs here: the order of the steps and the status in words. What does not: each step's
mathematics (``point``, ``resample``, ``evidence``, ``backtest``, ``choose``).
"""

import hashlib
from collections.abc import Callable, Sequence

import numpy as np

from scaling_assets.records.identity import content_id
from scaling_assets.records.law import Law, LawStatus, ParameterEstimate
from scaling_assets.science.fitting.backtest import BackTest, back_test, origins_of
from scaling_assets.science.fitting.choose import with_leader
from scaling_assets.science.fitting.evidence import Geometry, geometry, measures
from scaling_assets.science.fitting.point import STATIONARY, Chart, PointFits, chart, fit_points
from scaling_assets.science.fitting.problem import Problem
from scaling_assets.science.fitting.resample import Draws, draw, interval
from scaling_assets.science.laws import FAMILIES, Family

CODE_VERSION = "fitting-4"
#: Condition number of the unit-length gradient columns from which parameters count as not determined.
SINGULAR = 1e8
LEAST_REPLICATES = 0.5  # share of bootstrap replicates that must converge

Progress = Callable[[int, int, str], None]


def fit(problems: Sequence[Problem], *, progress: Progress | None = None) -> list[Law]:
    """Fit every declared family to every problem; the leading law of each problem is marked.

    Args:
        progress: called with (done, total, what) before each fit.

    Returns:
        Laws in the order of the problems and their declared families. A fit that cannot be done is a law
        with a status and a reason, never an exception and never start values.
    """
    with np.errstate(all="ignore"):  # overflow is a result here: it becomes a status
        return _fit(problems, progress)


def _fit(problems: Sequence[Problem], progress: Progress | None) -> list[Law]:
    total = sum(len(problem.question.families) for problem in problems)
    done = 0
    laws: list[Law] = []
    for problem in problems:
        found: list[Law] = []
        tried = [
            FAMILIES[name] for name in problem.question.families if problem.objection(FAMILIES[name]) is None
        ]
        origins = origins_of(problem, tried)
        tests: dict[str, BackTest] = {}
        for name in problem.question.families:
            if progress:
                progress(done, total, f"{problem.experiment}: {problem.question.label}: {name}")
            test = back_test(problem, FAMILIES[name], origins) if FAMILIES[name] in tried else None
            if test is not None:
                tests[name] = test
            found.append(fit_family(problem, FAMILIES[name], test))
            done += 1
        laws.extend(with_leader(found, problem.question.declared, tests))
    if progress:
        progress(total, total, "fitted")
    return laws


def fit_family(problem: Problem, family: Family, test: BackTest | None = None) -> Law:
    """Fit one family to one problem."""
    objection = problem.objection(family)
    if objection is not None:
        evidence: dict[str, float | None] = {"identical_values": float(problem.is_identical)}
        return _law(problem, family, *objection, evidence=evidence if problem.is_identical else None)
    charted = chart(problem, family)
    point = fit_points(problem, charted, np.ones((1, len(problem.y))))
    if not np.isfinite(point.theta).all() or not np.isfinite(point.gradient).all():
        return _law(
            problem, family, LawStatus.FAILED, "no start gives a curve that the residual scale can take"
        )
    seen = geometry(problem, charted, point)
    evidence = measures(problem, charted, point, seen) | _tested(test)
    limit = 1e-2 if problem.estimator.name == "huber_free_scale" else STATIONARY
    natural = charted.natural(point.theta)[0]
    if not point.gradient[0] <= limit:
        reason = (
            f"no start reached a stationary point (relative gradient {point.gradient[0]:.1e}, "
            f"at most {limit:.0e} counts as one)"
        )
        return _law(problem, family, LawStatus.FAILED, reason, evidence=evidence)
    if not np.isfinite(natural).all():
        reason = "the parameters cannot be written as numbers in the declared units (overflow); rescale x"
        return _law(problem, family, LawStatus.NON_FINITE, reason, evidence=evidence)
    if not seen.condition < SINGULAR:
        reason = _not_identified(family, seen, natural)
        return _law(problem, family, LawStatus.NOT_IDENTIFIED, reason, evidence=evidence)
    draws = draw(problem, charted, point, seen, seed=_seed(problem))
    evidence |= {
        "bootstrap_replicates": float(len(draws.theta)),
        "bootstrap_lost": float(draws.lost),
        "degrees_of_freedom": float(draws.degrees),
    }
    if len(draws.theta) < LEAST_REPLICATES * problem.question.bootstrap:
        reason = (
            f"{draws.lost} of {problem.question.bootstrap} bootstrap replicates have no optimum: "
            "the data do not determine the curve"
        )
        return _law(problem, family, LawStatus.NOT_IDENTIFIED, reason, evidence=evidence)
    status, reason = LawStatus.CONVERGED, ""
    if seen.at_bound.any():
        status = LawStatus.BOUND_HIT
        reason = f"{_on_bound(family, seen, natural)} on its bound: a simpler law says the same"
    estimates = _estimates(problem, family, natural, draws, seen)
    evidence |= _floor_flag(family, estimates)
    noise = seen.noise * (charted.y_scale if problem.residuals == "identity" else 1.0)
    return _law(
        problem,
        family,
        status,
        reason,
        estimates=estimates,
        draws=draws.theta,
        noise=noise,
        evidence=evidence,
    )


def point_estimate(problem: Problem, family: Family) -> tuple[Chart, PointFits, np.ndarray]:
    """The bare optimum, whatever the design: chart, fit, natural parameters (p,). For audits."""
    charted = chart(problem, family)
    point = fit_points(problem, charted, np.ones((1, len(problem.y))))
    return charted, point, charted.natural(point.theta)[0]


def _seed(problem: Problem) -> list[int]:
    """The question's seed, and a number of the problem's own, so that groups do not share their noise."""
    text = f"{problem.experiment}/{problem.question.label}/{sorted(problem.group.items())}"
    return [problem.question.seed, int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])]


def _not_identified(family: Family, seen: Geometry, natural: np.ndarray) -> str:
    hit = _on_bound(family, seen, natural)
    where = f" at {hit}" if hit else ""
    return f"different parameters give the same curve on these data{where}: a simpler law says the same"


def _on_bound(family: Family, seen: Geometry, natural: np.ndarray) -> str:
    hit = zip(family.names, natural, seen.at_bound, strict=True)
    return ", ".join(f"{name} = {value:g}" for name, value, at in hit if at)


def _tested(test: BackTest | None) -> dict[str, float | None]:
    if test is None:
        return {"backtest_error": None, "backtest_origins": 0.0, "backtest_ratio": None}
    return {
        "backtest_error": test.error,
        "backtest_origins": float(test.origins),
        "backtest_ratio": test.ratio,
    }


def _floor_flag(family: Family, estimates: Sequence[ParameterEstimate]) -> dict[str, float | None]:
    floors = [e for e in estimates if e.role == "floor"]
    return (
        {"floor_includes_zero": float(any(e.low is None or e.low <= 0.0 for e in floors))} if floors else {}
    )


def _estimates(
    problem: Problem, family: Family, natural: np.ndarray, draws: Draws, seen: Geometry
) -> tuple[ParameterEstimate, ...]:
    level = problem.question.level
    found = []
    for j, parameter in enumerate(family.parameters):
        value, at_bound = float(natural[j]), bool(seen.at_bound[j])
        limited = bool(draws.limited[j])
        low, high = interval(parameter, value, draws.theta[:, j], level, at_bound=at_bound, limited=limited)
        method = f"{draws.method}; limit by the profile of the loss" if at_bound else draws.method
        found.append(ParameterEstimate(
            name=parameter.name, value=value, low=low, high=high, level=level, method=method,
            unit=parameter.unit_for(problem.metric_unit, problem.axis_units or ("",) * family.axes),
            role=parameter.role, at_bound=at_bound,
        ))  # fmt: skip
    return tuple(found)


def _law(
    problem: Problem,
    family: Family,
    status: LawStatus,
    reason: str,
    *,
    estimates: tuple[ParameterEstimate, ...] | None = None,
    draws: np.ndarray | None = None,
    noise: float | None = None,
    evidence: dict[str, float | None] | None = None,
) -> Law:
    question, p = problem.question, len(family.parameters)
    units = (*problem.axis_units, *("",) * family.axes)[: max(family.axes, len(problem.axis_units))]
    unknown = tuple(
        ParameterEstimate(
            q.name, None, None, None, question.level, "none", q.unit_for(problem.metric_unit, units), q.role
        )
        for q in family.parameters
    )
    version = content_id(problem.data_version, family.name, CODE_VERSION)
    identity = content_id(
        "law", problem.experiment, question.label, dict(problem.group), family.name, version
    )
    return Law(
        law_id=identity,
        experiment=problem.experiment,
        question=question.label,
        metric=question.metric,
        axes=question.by,
        group=dict(problem.group),
        family=family.name,
        status=status,
        reason=reason,
        parameters=unknown if estimates is None else estimates,
        estimator=question.estimator.name,
        residuals=problem.residuals,
        draws=np.empty((0, p)) if draws is None else draws,
        domain=_domain(problem),
        noise=noise,
        n_points=len(problem.y),
        n_units=problem.n_units,
        n_scales=problem.n_scales,
        extrapolation_limit=question.extrapolation_limit,
        seed=question.seed,
        code_version=CODE_VERSION,
        data_version=version,
        is_simulated=problem.is_simulated,
        evidence=evidence or {},
    )


def _domain(problem: Problem) -> tuple[tuple[float, float], ...]:
    if not len(problem.x):
        return tuple((float("nan"), float("nan")) for _ in problem.question.by)
    return tuple((float(c.min()), float(c.max())) for c in problem.x.T)
