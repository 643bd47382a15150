"""Many problems seen through one family: charted points, and the door to the solver.

What belongs here: centring and scaling, so that numbers are near 1 whatever the units are. What does not: the
iteration (``solve``), what is fitted (``point``, ``resample``, ``backtest``).
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from scaling_assets.science.fitting.known import known
from scaling_assets.science.fitting.losses import Loss
from scaling_assets.science.fitting.sample import Sample
from scaling_assets.science.fitting.solve import Points, Rows, Solution, solve
from scaling_assets.science.laws import Family
from scaling_assets.science.laws.family import Seen

LEVELS = ("floor", "ceiling")  # roles of parameters that are values of y
LOOSEST = 1e300  # a delta of this is least squares


@dataclass(frozen=True, eq=False)
class Batch:
    """P problems charted for a family.

    ``z`` (k, m, P) covariates of support points, ``target`` and ``weight`` (m, P) their targets and weights;
    ``h`` (n, P) and ``point_weight`` (n, P) those of the points; ``centre``, ``width`` (k, P); ``y_scale`` (P,);
    ``lower``, ``upper`` (p, P) charted domain, narrowed by pins; ``prior`` (2, p, P) mean and standard deviation
    on the searched scale (ln for positive parameters), or None.
    """

    family: Family
    sample: Sample
    z: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    h: np.ndarray
    point_weight: np.ndarray
    centre: np.ndarray
    width: np.ndarray
    y_scale: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    prior: np.ndarray | None = None

    @property
    def count(self) -> int:
        """Number of problems."""
        return len(self.y_scale)

    @cached_property
    def residual_unit(self) -> np.ndarray:
        """What a charted residual is worth in the problem's own residual units (P,)."""
        return self.y_scale if self.sample.scale.name == "identity" else np.ones(self.count)

    @cached_property
    def seen(self) -> Seen:
        """What starts are made from."""
        return Seen(self.z, self.backward(self.target), self.weight > 0)

    @cached_property
    def pinned(self) -> np.ndarray:
        """True for parameters that are held where they were declared (p, P)."""
        return self.lower == self.upper

    def _prior_rows(
        self, problem: np.ndarray, noise: np.ndarray | None, shift: np.ndarray | None
    ) -> np.ndarray | None:
        if self.prior is None or noise is None:
            return None
        mean, sd = self.prior[0][:, problem], self.prior[1][:, problem]
        if shift is not None:
            mean = mean + np.where(np.isfinite(sd), shift * sd, 0.0)
        return np.stack([mean, (noise[problem] / sd) ** 2])

    def take(self, of: np.ndarray) -> "Batch":
        """The batch of some of the problems."""
        return Batch(
            self.family, self.sample.take(of), self.z[..., of], self.target[:, of], self.weight[:, of], self.h[:, of],
            self.point_weight[:, of], self.centre[:, of], self.width[:, of], self.y_scale[of], self.lower[:, of],
            self.upper[:, of], None if self.prior is None else self.prior[..., of],
        )  # fmt: skip

    def backward(self, target: np.ndarray) -> np.ndarray:
        """Charted y of targets."""
        return target if self.sample.loss.is_likelihood else self.sample.scale.backward(target)

    def natural(self, theta: np.ndarray, of: np.ndarray | None = None) -> np.ndarray:
        """Charted parameters (p, P, ...) in the declared units; ``of`` picks the problems on axis 1."""
        at = np.arange(self.count) if of is None else of
        more = (1,) * (theta.ndim - 2)
        centre, width = (a[:, at].reshape(len(a), -1, *more) for a in (self.centre, self.width))
        with np.errstate(all="ignore"):
            return self.family.rechart(theta, centre, width, self.y_scale[at].reshape(-1, *more))

    def curve(self, theta: np.ndarray) -> np.ndarray:
        """eta = h(curve) at the points, (n, P), for charted parameters (p, P)."""
        with np.errstate(all="ignore"):
            return self.sample.of_points(self.sample.scale.raw(self.family.evaluate(theta, self.z)[0]))

    def residual(self, theta: np.ndarray) -> np.ndarray:
        """h(curve) - h(y) at the points, (n, P); 0 at padding."""
        return np.where(self.sample.real, self.curve(theta) - self.eta_seen, 0.0)

    @cached_property
    def eta_seen(self) -> np.ndarray:
        """h(y) at the points (n, P); for likelihoods a rate of 0 or 1 is drawn half an item inwards."""
        if not self.sample.loss.is_likelihood:
            return self.h
        half = 0.5 / np.maximum(self.point_weight, 1.0)
        rate = np.clip(self.h, half, 1.0 - half if self.sample.scale.name == "logit" else np.inf)
        return self.sample.scale.forward(rate)

    def solve(
        self, problem: np.ndarray, weight: np.ndarray, start: np.ndarray, delta: np.ndarray, *,
        target: np.ndarray | None = None, lower: np.ndarray | None = None, upper: np.ndarray | None = None,
        is_scale_free: bool = False, damping: float = 1.0, max_iterations: int = 80, loss: Loss | None = None,
        noise: np.ndarray | None = None, shift: np.ndarray | None = None,
        origin: np.ndarray | None = None, ceiling: np.ndarray | None = None,
    ) -> Solution:  # fmt: skip
        """Fit rows, one an entry of ``problem`` (R,): weight (m, R), start (p, R), delta (R,); see ``solve.Rows``.

        Priors take part where the ``noise`` (P,) is given: in units of the objective a standard deviation tau is
        worth (noise / tau)^2. ``shift`` (p, R) moves their means, in their own standard deviations.
        """
        rows = Rows(
            problem=problem, weight=weight, start=start,
            lower=self.lower[:, problem] if lower is None else lower,
            upper=self.upper[:, problem] if upper is None else upper,
            delta=np.minimum(delta, LOOSEST), is_scale_free=is_scale_free, target=target, damping=damping,
            prior=self._prior_rows(problem, noise, shift), origin=origin, ceiling=ceiling,
        )  # fmt: skip
        sample = self.sample
        found = solve(self.family, sample.scale, loss or sample.loss, Points(self.z, self.target), rows,
                      max_iterations=max_iterations)  # fmt: skip
        # A parameter that was searched as a logarithm comes back from its bound with a rounding error.
        return replace(found, theta=np.clip(found.theta, rows.lower, rows.upper))


def batch_of(family: Family, sample: Sample) -> Batch:
    """Chart the problems of a sample for a family, with what is known of its parameters."""
    k, count = len(sample.x), len(sample.problems)
    raw = family.coordinates(sample.support.reshape(k, -1).T).reshape(k, -1, count)
    centre, width = family.frame(raw, sample.present)
    y_scale = sample.y_unit if family.has_scale else np.ones(count)
    stated = known(family, sample.problems)
    if stated.is_mixing:  # a chart mixes these parameters with others: fit in natural coordinates
        centre, width, y_scale = np.zeros_like(centre), np.ones_like(width), np.ones_like(y_scale)
    if sample.loss.is_likelihood:
        h, weight = sample.y / y_scale, sample.weight * (y_scale if sample.scale.name == "log" else 1.0)
    else:
        h, weight = sample.scale.forward(sample.y / y_scale), sample.weight
    merged, target = sample.merge(weight[:, :, None], np.where(sample.real, h, 0.0)[:, :, None])
    z = (raw - centre[:, None]) / width[:, None]
    unit = family.rechart(np.ones((len(family.parameters), count)), centre, width, y_scale)
    target, merged = target[..., 0], merged[..., 0]
    seen = Seen(z, target if sample.loss.is_likelihood else sample.scale.backward(target), merged > 0)
    lower, upper, prior = stated.charted(family, unit, _box(family, sample, seen))
    return Batch(family, sample, z, target, merged, h, weight, centre, width, y_scale, lower, upper, prior)


def _box(family: Family, sample: Sample, seen: Seen) -> tuple[np.ndarray, np.ndarray]:
    """The family's box (p, P); levels of a rate lie between 0 and 1, a constant where the scale has values."""
    lower, upper = family.box(seen)
    if len(lower) == 1 and sample.scale.name != "identity":
        lower = np.maximum(lower, 0.0)
        upper = np.minimum(upper, 1.0) if sample.scale.name == "logit" else upper
    if sample.scale.name == "logit":
        level = np.array([p.role in LEVELS for p in family.parameters])[:, None]
        upper = np.where(level, np.minimum(upper, 1.0), upper)
    return lower, upper
