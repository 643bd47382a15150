"""The door of fitting: problems in, laws out.

What belongs here: the order of the steps, batch by batch, and the choice of a leader. What does not: each step's
mathematics (``point``, ``resample``, ``evidence``, ``backtest``, ``choose``), the record (``outcome``).
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from scaling_assets.records.law import Law
from scaling_assets.science.fitting.averaging import POINTS_PER_PARAMETER
from scaling_assets.science.fitting.backtest import BackTest, back_tests
from scaling_assets.science.fitting.batch import Batch, batch_of
from scaling_assets.science.fitting.cells import Cells, cells_of
from scaling_assets.science.fitting.choose import with_leader
from scaling_assets.science.fitting.ensemble import (
    Candidate,
    average,
    candidates,
    emphasised,
    wants_emphasis,
)
from scaling_assets.science.fitting.evidence import measures
from scaling_assets.science.fitting.geometry import geometry
from scaling_assets.science.fitting.origins import Origins, origins_of
from scaling_assets.science.fitting.outcome import Outcome, objected
from scaling_assets.science.fitting.point import PointFits, fit_points
from scaling_assets.science.fitting.problem import Problem
from scaling_assets.science.fitting.replicates import Replicates
from scaling_assets.science.fitting.resample import draw
from scaling_assets.science.fitting.sample import Sample, sample_of
from scaling_assets.science.laws import FAMILIES, Family

BATCH_NUMBERS = (
    1_600_000  # points x replicates of the problems that are fitted at once: more do not stay in a cache
)

Progress = Callable[[int, int, str], None]


def fit(problems: Sequence[Problem], *, progress: Progress | None = None) -> list[Law]:
    """Fit every declared family to every problem; the leading law of each problem is marked.

    Problems with the same number of points, scales, estimator and replicates are fitted together; what a law is
    does not depend on which others are fitted beside it.

    Args:
        progress: called with (done, total, what) before each batch.

    Returns:
        Laws in the order of the problems and their declared families, each problem's average after them where
        there is one. A fit that cannot be done is a law with a status and a reason, never an exception and
        never start values.
    """
    return [law for laws in fit_each(problems, progress=progress) for law in laws]


def fit_each(problems: Sequence[Problem], *, progress: Progress | None = None) -> list[list[Law]]:
    """The laws of each problem, as :func:`fit` gives them one after the other."""
    work = _Work(problems, progress)
    with np.errstate(all="ignore"):  # overflow is a result here: it becomes a status
        for members in _groups(problems):
            work.do(members)
    if progress:
        progress(work.total, work.total, "fitted")
    return [work.standing(i) for i in range(len(problems))]


def fit_family(problem: Problem, family: Family, test: BackTest | None = None) -> Law:
    """Fit one family to one problem."""
    objection = problem.objection(family)
    if objection is not None:
        return objected(problem, family, *objection)
    with np.errstate(all="ignore"):
        sample = sample_of([problem])
        replicates = _replicates(sample, [family])
        return _fitted(batch_of(family, sample), cells_of(sample), replicates, [test])[0]


def point_estimate(problem: Problem, family: Family) -> tuple[Batch, PointFits, np.ndarray]:
    """The best fit whatever the design: batch of one, fit, natural parameters (p,). For audits."""
    batch = batch_of(family, sample_of([problem]))
    point = fit_points(batch)
    return batch, point, batch.natural(point.theta)[:, 0]


@dataclass
class _Work:
    problems: Sequence[Problem]
    progress: Progress | None
    laws: dict[tuple[int, str], Law] = field(default_factory=dict)
    averages: dict[int, Law] = field(default_factory=dict)
    tests: dict[tuple[int, str], BackTest] = field(default_factory=dict)
    done: int = 0

    @property
    def total(self) -> int:
        return sum(len(problem.question.families) for problem in self.problems)

    def standing(self, i: int) -> list[Law]:
        """The laws of problem ``i`` in declared order, the leading one marked, and their average."""
        question = self.problems[i].question
        found = with_leader(
            [self.laws[i, name] for name in question.families], question.declared, self._tests(i)
        )
        return [*found, self.averages[i]] if i in self.averages else found

    def _tests(self, i: int) -> dict[str, BackTest]:
        if self.problems[i].loss.is_likelihood:  # held-out counts of 0 have no error on a residual scale
            return {}
        names = self.problems[i].question.families
        return {name: self.tests[i, name] for name in names if (i, name) in self.tests}

    def do(self, members: list[int]) -> None:
        """Fit all families of these problems, which are alike."""
        mine = [self.problems[i] for i in members]
        tried: dict[str, list[int]] = {}  # family -> rows of ``members``
        able: list[list[str]] = [[] for _ in mine]  # row -> families
        for row, problem in enumerate(mine):
            for name in problem.question.families:
                objection = problem.objection(FAMILIES[name])
                if objection is None:
                    tried.setdefault(name, []).append(row)
                    able[row].append(name)
                else:
                    self.laws[members[row], name] = objected(problem, FAMILIES[name], *objection)
                    self.done += 1
        if not tried:
            return
        sample = sample_of(mine)
        cells = cells_of(sample)
        origins = origins_of(sample, cells, [
            _uncrowded(problem, [FAMILIES[name] for name in names]) for problem, names in zip(mine, able, strict=True)
        ])  # fmt: skip
        replicates = _replicates(sample, [FAMILIES[name] for name in tried])
        for name, rows in tried.items():
            if self.progress:
                others = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
                first = mine[rows[0]]
                text = f"{first.experiment}: {first.question.label}{others}: {name}"
                self.progress(self.done, self.total, text)
            for row, law, test in self._family(
                FAMILIES[name], np.array(rows), sample, cells, replicates, origins
            ):
                self.laws[members[row], name] = law
                if test is not None:
                    self.tests[members[row], name] = test
            self.done += len(rows)
        self._average(members, mine, cells, replicates, origins)

    def _average(
        self, members: list[int], mine: list[Problem], cells: Cells, replicates: Replicates, origins: Origins
    ) -> None:
        """The average law of each problem, with emphasised fits where no law fits all scales."""
        found = {
            row: candidates([self.laws[i, name] for name in mine[row].question.families], self._tests(i))
            for row, i in enumerate(members) if mine[row].question.declared is None
        }  # fmt: skip
        wanted = {row: wants_emphasis(mine[row], some) for row, some in found.items()}
        strong: dict[int, dict[str, Candidate]] = {row: {} for row in found}
        rows = [row for row, names in wanted.items() if names]
        if rows:
            sample = sample_of([emphasised(mine[row]) for row in rows])
            some, own = replicates.take(np.array(rows)), cells_of(sample)
            splits = origins.take(np.array(rows), cells, own)
            for name in dict.fromkeys(name for row in rows for name in wanted[row]):
                at = np.array([k for k, row in enumerate(rows) if name in wanted[row]])
                fitted = self._family(FAMILIES[name], at, sample, own, some, splits)
                for k, law, test in fitted:
                    strong[rows[k]] |= {
                        c.law.family: c for c in candidates([law], {name: test} if test else {})
                    }
        for row, some_laws in found.items():
            averaged = average(mine[row], some_laws, strong[row])
            if averaged is not None:
                self.averages[members[row]] = averaged

    def _family(
        self,
        family: Family,
        rows: np.ndarray,
        sample: Sample,
        cells: Cells,
        replicates: Replicates,
        origins: Origins,
    ) -> list[tuple[int, Law, BackTest | None]]:
        """Laws and back-tests of a family for these rows of a sample."""
        if len(rows) < len(sample.problems):
            sample, every = sample.take(rows), cells
            cells, replicates = cells_of(sample), replicates.take(rows)
            origins = origins.take(rows, every, cells)
        batch = batch_of(family, sample)
        tests = back_tests(batch, cells, origins)
        laws = _fitted(batch, cells, replicates, tests)
        return list(zip((int(row) for row in rows), laws, tests, strict=True))


def _uncrowded(problem: Problem, families: Sequence[Family]) -> list[Family]:
    """The families that back-tests may decide between: one with too few points must not cut the others' origins."""
    fine = [f for f in families if len(f.parameters) * POINTS_PER_PARAMETER <= len(problem.y)]
    return fine or list(families)


def _groups(problems: Sequence[Problem]) -> Iterator[list[int]]:
    """Problems that can share a batch, in pieces that fit into memory."""
    alike: dict[tuple[object, ...], list[int]] = {}
    for i, problem in enumerate(problems):
        n, k = problem.x.shape
        scales = int(problem.cells.max(initial=-1)) + 1
        key = (
            n,
            k,
            scales,
            problem.residuals,
            problem.estimator,
            problem.question.bootstrap,
            problem.resampling,
        )
        alike.setdefault(key, []).append(i)
    for members in alike.values():
        numbers = max(1, len(problems[members[0]].y)) * problems[members[0]].question.bootstrap
        size = max(1, BATCH_NUMBERS // numbers)
        for low in range(0, len(members), size):
            yield members[low : low + size]


def _fitted(
    batch: Batch, cells: Cells, replicates: Replicates, tests: Sequence[BackTest | None]
) -> list[Law]:
    """The laws of a batch, one a problem."""
    point = fit_points(batch)
    seen = geometry(batch, point)
    outcome = Outcome(batch, point, seen, measures(batch, point, seen, cells), tests)
    draws = draw(batch, point, seen, replicates, outcome.promising())
    return outcome.laws(draws)


def _replicates(sample: Sample, families: Sequence[Family]) -> Replicates:
    needed = [
        max(min(p.n_scales, max(2, len(f.parameters) - f.axes + 1)) for f in families)
        for p in sample.problems
    ]
    seeds = [_seed(problem) for problem in sample.problems]
    return Replicates(sample, sample.problems[0].question.bootstrap, seeds, needed)


def _seed(problem: Problem) -> list[int]:
    """The question's seed, and a number of the problem's own, so that groups do not share their noise."""
    text = f"{problem.experiment}/{problem.question.label}/{sorted(problem.group.items())}"
    return [problem.question.seed, int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])]
