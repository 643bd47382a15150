"""What a fit ended as: status, reason, estimates, evidence, in one ``Law``.

What belongs here: reading a fitted batch off into records. What does not: the numbers themselves.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from scaling_assets.records.identity import content_id
from scaling_assets.records.law import Law, LawStatus, ParameterEstimate
from scaling_assets.science.fitting.backtest import BackTest
from scaling_assets.science.fitting.batch import Batch
from scaling_assets.science.fitting.evidence import Measures
from scaling_assets.science.fitting.geometry import Geometry
from scaling_assets.science.fitting.interval import interval
from scaling_assets.science.fitting.point import STATIONARY, PointFits
from scaling_assets.science.fitting.problem import Problem
from scaling_assets.science.fitting.resample import Draws
from scaling_assets.science.laws import Family

CODE_VERSION = "fitting-8"
#: Condition number of the unit-length gradient columns from which parameters count as not determined.
SINGULAR = 1e8
EDGE = 1e-6  # a likelihood this flat at a point, against its mean rate: the curve ends there
LEAST_REPLICATES = 0.5  # share of bootstrap replicates that must converge

Evidence = dict[str, float | None]


class Outcome:
    """Fits of a batch, seen one problem at a time."""

    def __init__(
        self,
        batch: Batch,
        point: PointFits,
        seen: Geometry,
        evidence: Measures,
        tests: Sequence[BackTest | None],
    ) -> None:
        self.batch, self.point, self.seen, self.tests = batch, point, seen, tests
        self.natural = batch.natural(point.theta)
        self.noise = seen.noise * batch.residual_unit
        self._evidence = evidence
        self._endings = [self._ending(i) for i in range(batch.count)]

    def promising(self) -> np.ndarray:
        """The problems whose fit is worth a bootstrap."""
        return np.array([i for i, end in enumerate(self._endings) if end is None], dtype=int)

    def law(self, i: int, draws: Draws | None) -> Law:
        """The law of problem ``i``; ``draws`` are its replicates where it was promising."""
        problem, family = self.batch.sample.problems[i], self.batch.family
        ending = self._endings[i]
        if ending is not None and ending[0] is LawStatus.FAILED and not np.isfinite(self.natural[:, i]).all():
            return record(problem, family, *ending)
        evidence = self._measured(i) | _tested(self.tests[i])
        if ending is not None or draws is None:
            assert ending is not None
            return record(problem, family, *ending, evidence=evidence)
        wanted = problem.question.bootstrap
        evidence |= {
            "bootstrap_replicates": float(len(draws.theta)),
            "bootstrap_lost": float(draws.lost),
            "degrees_of_freedom": float(draws.degrees),
        }
        if len(draws.theta) < LEAST_REPLICATES * wanted:
            reason = (
                f"{draws.lost} of {wanted} bootstrap replicates have no optimum: "
                "the data do not determine the curve"
            )
            return record(problem, family, LawStatus.NOT_IDENTIFIED, reason, evidence=evidence)
        status, reason = LawStatus.CONVERGED, ""
        if self.seen.at_bound[:, i].any():
            status = LawStatus.BOUND_HIT
            reason = f"{self._on_bound(i)} on its bound: a simpler law says the same"
        estimates = self._estimates(i, draws)
        return record(
            problem, family, status, reason, estimates=estimates, draws=draws.theta, noise=float(self.noise[i]),
            evidence=evidence | _floor_flag(estimates),
        )  # fmt: skip

    def _ending(self, i: int) -> tuple[LawStatus, str] | None:
        """Status and reason of a fit that is not usable; None where a bootstrap decides."""
        gradient = float(self.point.gradient[i])
        if not np.isfinite(self.point.theta[:, i]).all() or not np.isfinite(gradient):
            return LawStatus.FAILED, "no start gives a curve that the residual scale can take"
        name = self.batch.sample.problems[i].estimator.name
        limit = 1e-2 if name in ("huber_free_scale", "asymmetric_mae") else STATIONARY
        if not gradient <= limit:
            return LawStatus.FAILED, (
                f"no start reached a stationary point (relative gradient {gradient:.1e}, "
                f"at most {limit:.0e} counts as one)"
            )
        if not np.isfinite(self.natural[:, i]).all():
            return (
                LawStatus.NON_FINITE,
                "the parameters cannot be written as numbers in the declared units (overflow); rescale x",
            )
        if self._touches_an_edge(i):
            return LawStatus.NOT_IDENTIFIED, (
                "the best curve ends where the metric does, and no interval has a meaning there; "
                "declare a family that stays inside what the metric can be"
            )
        if not self.seen.condition[i] < SINGULAR:
            hit = self._on_bound(i)
            where = f" at {hit}" if hit else ""
            return LawStatus.NOT_IDENTIFIED, (
                f"different parameters give the same curve on these data{where}: a simpler law says the same"
            )
        return None

    def _touches_an_edge(self, i: int) -> bool:
        """True for a likelihood's line that runs into 0 or 1 at a point: it would go further if it could."""
        batch = self.batch
        if not batch.sample.loss.is_likelihood or not np.isneginf(batch.family.lower).any():
            return False
        eta = batch.curve(self.point.theta)[batch.sample.real[:, i], i]
        return bool(np.min(batch.sample.loss.stiffness(eta, eta, 1.0)[1] / self._mean_rate(i)) < EDGE)

    def _mean_rate(self, i: int) -> float:
        real = self.batch.sample.real[:, i]
        return max(float(np.mean(self.batch.h[real, i])), 1e-300)

    def _on_bound(self, i: int) -> str:
        hit = zip(self.batch.family.names, self.natural[:, i], self.seen.at_bound[:, i], strict=True)
        return ", ".join(f"{name} = {value:g}" for name, value, at in hit if at)

    def _measured(self, i: int) -> Evidence:
        return {name: _finite(values[i]) for name, values in self._evidence.items()}

    def _estimates(self, i: int, draws: Draws) -> tuple[ParameterEstimate, ...]:
        problem, family, batch = self.batch.sample.problems[i], self.batch.family, self.batch
        level, units = problem.question.level, problem.axis_units or ("",) * family.axes
        theta, found = self.point.theta[:, i], []
        priors = problem.question.priors.get(family.name, {})
        for j, parameter in enumerate(family.parameters):
            if batch.pinned[j, i]:
                value = float(self.natural[j, i])
                units_text = parameter.unit_for(problem.metric_unit, units)
                found.append(ParameterEstimate(
                    parameter.name, value, value, value, level, "pinned by declaration", units_text, parameter.role
                ))  # fmt: skip
                continue
            at_bound = bool(self.seen.at_bound[j, i])
            at_lower = at_bound and theta[j] <= batch.lower[j, i]
            low, high = interval(
                draws.theta[:, j], float(self.natural[j, i]), level, at_lower=at_lower,
                at_upper=at_bound and not at_lower, limited=bool(draws.limited[j]), lowest=parameter.lower,
            )  # fmt: skip
            found.append(ParameterEstimate(
                name=parameter.name, value=float(self.natural[j, i]), low=low, high=high, level=level,
                method=draws.method + ("; limit by the profile of the loss" if at_bound else "")
                + ("; with a prior" if parameter.name in priors else ""),
                unit=parameter.unit_for(problem.metric_unit, units), role=parameter.role, at_bound=at_bound,
            ))  # fmt: skip
        return tuple(found)


def objected(problem: Problem, family: Family, status: LawStatus, reason: str) -> Law:
    """The law of a problem that the family cannot be fitted to."""
    identical = problem.is_identical
    return record(problem, family, status, reason, evidence={"identical_values": 1.0} if identical else None)


def record(
    problem: Problem,
    family: Family,
    status: LawStatus,
    reason: str,
    *,
    estimates: tuple[ParameterEstimate, ...] | None = None,
    draws: np.ndarray | None = None,
    noise: float | None = None,
    evidence: Mapping[str, float | None] | None = None,
) -> Law:
    """A law as it is stored; without ``estimates`` its parameters are unknown."""
    question, p = problem.question, len(family.parameters)
    units = (*problem.axis_units, *("",) * family.axes)[: max(family.axes, len(problem.axis_units))]
    unknown = tuple(
        ParameterEstimate(
            q.name, None, None, None, question.level, "none", q.unit_for(problem.metric_unit, units), q.role
        )
        for q in family.parameters
    )
    version = law_version(problem, family.name)
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


def law_version(problem: Problem, family: str) -> str:
    """What a law's ``data_version`` is: points, question, family and code. Equal ones belong to equal laws."""
    return content_id(problem.data_version, family, CODE_VERSION)


def _tested(test: BackTest | None) -> Evidence:
    if test is None:
        return {"backtest_error": None, "backtest_origins": 0.0, "backtest_ratio": None}
    return {
        "backtest_error": test.error,
        "backtest_origins": float(test.origins),
        "backtest_ratio": test.ratio,
        "backtest_cell_share": float(np.mean(1.0 / test.cell_sizes)),
    }


def _floor_flag(estimates: Sequence[ParameterEstimate]) -> Evidence:
    floors = [e for e in estimates if e.role == "floor"]
    return (
        {"floor_includes_zero": float(any(e.low is None or e.low <= 0.0 for e in floors))} if floors else {}
    )


def _domain(problem: Problem) -> tuple[tuple[float, float], ...]:
    if not len(problem.x):
        return tuple((float("nan"), float("nan")) for _ in problem.question.by)
    return tuple((float(c.min()), float(c.max())) for c in problem.x.T)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
