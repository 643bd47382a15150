"""What a fit ended as: status, reason, estimates, evidence, in one ``Law``.

What belongs here: reading a fitted batch off into records. What does not: the numbers themselves.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import isfinite, isnan

import numpy as np

from scaling_assets.records.identity import content_id
from scaling_assets.records.law import Law, LawStatus, ParameterEstimate
from scaling_assets.science.fitting.backtest import BackTest
from scaling_assets.science.fitting.batch import Batch
from scaling_assets.science.fitting.evidence import Measures
from scaling_assets.science.fitting.geometry import Geometry
from scaling_assets.science.fitting.interval import intervals
from scaling_assets.science.fitting.point import STATIONARY, PointFits
from scaling_assets.science.fitting.problem import Problem
from scaling_assets.science.fitting.resample import Draws
from scaling_assets.science.laws import Family

CODE_VERSION = "fitting-9"
#: Condition number of the unit-length gradient columns from which parameters count as not determined.
SINGULAR = 1e8
EDGE = 1e-6  # a likelihood this flat at a point, against its mean rate: the curve ends there
LEAST_REPLICATES = 0.5  # share of bootstrap replicates that must converge

Evidence = dict[str, float | None]


class Outcome:
    """Fits of a batch, read off problem by problem."""

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
        self.noise = (seen.noise * batch.residual_unit).tolist()
        columns = [[v if isfinite(v) else None for v in values.tolist()] for values in evidence.values()]
        self._evidence = [dict(zip(evidence, row, strict=True)) for row in zip(*columns, strict=True)]
        name = batch.sample.problems[0].estimator.name
        self._limit = 1e-2 if name in ("huber_free_scale", "asymmetric_mae") else STATIONARY
        self._at_edge = _at_edge(batch, point)
        numbers = np.concatenate([point.theta, self.natural])
        is_fine = np.isfinite(numbers).all(axis=0) & (point.gradient <= self._limit)
        is_fine &= (seen.condition < SINGULAR) & ~self._at_edge
        self._endings = [None if fine else self._ending(i) for i, fine in enumerate(is_fine.tolist())]

    def promising(self) -> np.ndarray:
        """The problems whose fit is worth a bootstrap."""
        return np.array([i for i, end in enumerate(self._endings) if end is None], dtype=int)

    def laws(self, draws: Mapping[int, Draws]) -> list[Law]:
        """The law of each problem; ``draws`` are the replicates of the promising ones."""
        estimates = self._estimates(draws)
        return [self._law(i, draws.get(i), estimates.get(i)) for i in range(self.batch.count)]

    def _law(self, i: int, draws: Draws | None, estimates: tuple[ParameterEstimate, ...] | None) -> Law:
        problem, family = self.batch.sample.problems[i], self.batch.family
        ending = self._endings[i]
        if ending is not None and ending[0] is LawStatus.FAILED and not np.isfinite(self.natural[:, i]).all():
            return record(problem, family, *ending)
        evidence = self._evidence[i] | _tested(self.tests[i])
        if ending is not None or draws is None:
            assert ending is not None
            return record(problem, family, *ending, evidence=evidence)
        wanted = problem.question.bootstrap
        evidence |= {
            "bootstrap_replicates": float(len(draws.theta)),
            "bootstrap_lost": float(draws.lost),
            "degrees_of_freedom": float(draws.degrees),
        }
        if estimates is None:
            reason = (
                f"{draws.lost} of {wanted} bootstrap replicates have no optimum: "
                "the data do not determine the curve"
            )
            return record(problem, family, LawStatus.NOT_IDENTIFIED, reason, evidence=evidence)
        status, reason = LawStatus.CONVERGED, ""
        if hit := self._on_bound(i):
            status = LawStatus.BOUND_HIT
            reason = f"{hit} on its bound: a simpler law says the same"
        return record(
            problem, family, status, reason, estimates=estimates, draws=draws.theta, noise=self.noise[i],
            evidence=evidence | _floor_flag(estimates),
        )  # fmt: skip

    def _ending(self, i: int) -> tuple[LawStatus, str]:
        """Status and reason of a fit that is not usable."""
        gradient = float(self.point.gradient[i])
        if not np.isfinite(self.point.theta[:, i]).all() or not np.isfinite(gradient):
            return LawStatus.FAILED, "no start gives a curve that the residual scale can take"
        if not gradient <= self._limit:
            return LawStatus.FAILED, (
                f"no start reached a stationary point (relative gradient {gradient:.1e}, "
                f"at most {self._limit:.0e} counts as one)"
            )
        if not np.isfinite(self.natural[:, i]).all():
            return (
                LawStatus.NON_FINITE,
                "the parameters cannot be written as numbers in the declared units (overflow); rescale x",
            )
        if self._at_edge[i]:
            return LawStatus.NOT_IDENTIFIED, (
                "the best curve ends where the metric does, and no interval has a meaning there; "
                "declare a family that stays inside what the metric can be"
            )
        hit = self._on_bound(i)
        where = f" at {hit}" if hit else ""
        return LawStatus.NOT_IDENTIFIED, (
            f"different parameters give the same curve on these data{where}: a simpler law says the same"
        )

    def _on_bound(self, i: int) -> str:
        hit = zip(self.batch.family.names, self.natural[:, i], self.seen.at_bound[:, i], strict=True)
        return ", ".join(f"{name} = {value:g}" for name, value, at in hit if at)

    def _estimates(self, draws: Mapping[int, Draws]) -> dict[int, tuple[ParameterEstimate, ...]]:
        """Estimates of the problems with enough replicates; those with as many are read off together."""
        batch, alike = self.batch, dict[int, list[int]]()
        for i, some in draws.items():
            if len(some.theta) >= LEAST_REPLICATES * batch.sample.problems[i].question.bootstrap:
                alike.setdefault(len(some.theta), []).append(i)
        found: dict[int, tuple[ParameterEstimate, ...]] = {}
        for mine in alike.values():
            at_bound = self.seen.at_bound[:, mine].T
            at_lower = at_bound & (self.point.theta[:, mine] <= batch.lower[:, mine]).T
            low, high = intervals(
                np.stack([draws[i].theta.T for i in mine]), self.natural[:, mine].T,
                np.array([batch.sample.problems[i].question.level for i in mine]), at_lower, at_bound & ~at_lower,
                np.stack([draws[i].limited for i in mine]), batch.family.lower,
            )  # fmt: skip
            ends = zip(low.tolist(), high.tolist(), strict=True)
            found |= {i: self._estimated(i, draws[i].method, *two) for i, two in zip(mine, ends, strict=True)}
        return found

    def _estimated(
        self, i: int, method: str, low: list[float], high: list[float]
    ) -> tuple[ParameterEstimate, ...]:
        problem, family = self.batch.sample.problems[i], self.batch.family
        level, priors = problem.question.level, problem.question.priors.get(family.name, {})
        units, found = _units(family, problem.metric_unit, problem.axis_units), []
        values, at_bound = self.natural[:, i].tolist(), self.seen.at_bound[:, i].tolist()
        pinned = self.batch.pinned[:, i].tolist()
        for j, parameter in enumerate(family.parameters):
            value, ends, how = values[j], (_known(low[j]), _known(high[j])), method
            if pinned[j]:
                ends, how = (value, value), "pinned by declaration"
            elif at_bound[j]:
                how += "; limit by the profile of the loss"
            if parameter.name in priors:
                how += "; with a prior"
            found.append(ParameterEstimate(
                parameter.name, value, *ends, level, how, units[j], parameter.role, at_bound[j]
            ))  # fmt: skip
        return tuple(found)


def _at_edge(batch: Batch, point: PointFits) -> np.ndarray:
    """True for a likelihood's line that runs into 0 or 1 at a point (P,): it would go further if it could."""
    loss, real = batch.sample.loss, batch.sample.real
    if not loss.is_likelihood or not np.isneginf(batch.family.lower).any():
        return np.zeros(batch.count, dtype=bool)
    eta = batch.curve(point.theta)
    stiffness = np.asarray(loss.stiffness(eta, eta, 1.0)[1])
    mean = np.maximum(np.sum(np.where(real, batch.h, 0.0), axis=0) / batch.sample.n, 1e-300)
    return np.asarray(np.min(np.where(real, stiffness, np.inf), axis=0) / mean < EDGE)


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
    if estimates is None:
        units = _units(family, problem.metric_unit, problem.axis_units)
        estimates = tuple(
            ParameterEstimate(q.name, None, None, None, question.level, "none", unit, q.role)
            for q, unit in zip(family.parameters, units, strict=True)
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
        parameters=estimates,
        estimator=question.estimator.name,
        residuals=problem.residuals,
        draws=np.empty((0, p)) if draws is None else draws,
        domain=problem.domain,
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


@lru_cache(maxsize=4096)
def _units(family: Family, metric_unit: str, axis_units: tuple[str, ...]) -> tuple[str, ...]:
    """The unit of each parameter; axes without a declared unit have none."""
    units = (*axis_units, *("",) * (family.axes - len(axis_units)))
    return tuple(parameter.unit_for(metric_unit, units) for parameter in family.parameters)


def _known(end: float) -> float | None:
    return None if isnan(end) else end
