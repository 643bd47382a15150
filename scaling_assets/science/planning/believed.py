"""What laws and their rivals believe of candidates and targets, as covariances over their draws.

What lives here: worlds of a design made from fitted laws. What does not: searching (``design``), finding laws
(``referred``), tables (``next_runs``).

Draws of all members of a question's average stand side by side, each family weighing what it weighs in the average: so
the covariance holds both how unsure each law is of itself and how far the laws disagree, and runs that tell the laws
apart count for what they do to the target. Everything is on the law's residual scale.

A run's noise is put on the footing of the draws: fits widen their draws for small samples, the noise they state is not
widened. It is raised until as many runs again as there are, where they are, halve the targets' variance: the rule by
which gates say how many runs they need.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scaling_assets.records.law import Law
from scaling_assets.science.fitting.mixture import is_average_of, members
from scaling_assets.science.fitting.predict import draw_curves
from scaling_assets.science.fitting.scale import SCALES
from scaling_assets.science.planning.design import World, conditioned

LEAST_SHARE = 0.5  # of a law's draws that have to exist at all candidates and targets
MOST_RAISED = 32.0  # times the stated noise variance: beyond that something else is wrong
CONTRASTS = 16  # draws of a rival that stand for all of them


@dataclass(frozen=True, eq=False)
class Held:
    """One law with its weight and its curve (draws, points) under the draws that exist at all points."""

    law: Law
    weight: float
    kept: np.ndarray
    curve: np.ndarray


def answering(law: Law, laws: Sequence[Law], *, is_named: bool) -> Law:
    """The average among whose members a law was fitted, unless that very family was named."""
    return law if is_named else next((a for a in laws if is_average_of(a, law)), law)


def rivals_of(law: Law, laws: Sequence[Law], *, is_named: bool) -> list[tuple[Law, float]]:
    """The laws that answer a question about the curve: the average's members by weight (sum 1), or the law alone."""
    average = answering(law, laws, is_named=is_named)
    if not average.is_average:
        return [(law, 1.0)]
    weights = {m.family.name: m.weight for m in members(average)}
    found = [(one, weights[one.family]) for one in siblings(law, laws) if weights.get(one.family, 0.0) > 0]
    total = sum(weight for _, weight in found)
    return [(one, weight / total) for one, weight in found] or [(law, 1.0)]


def siblings(law: Law, laws: Sequence[Law]) -> list[Law]:
    """All usable laws of the same question and group, averages left out."""
    return [
        one
        for one in laws
        if (one.experiment, one.question, dict(one.group)) == (law.experiment, law.question, dict(law.group))
        and one.is_usable
        and not one.is_average
        and one.draws.size
    ]


def held(laws: Sequence[tuple[Law, float]], x: np.ndarray) -> list[Held]:
    """Each law's curve at points x (n, k), residual scale; laws that exist there in too few draws are left out."""
    found = []
    for law, weight in laws:
        with np.errstate(all="ignore"):
            values = SCALES[law.residuals].forward(draw_curves(law, x))
        kept = np.isfinite(values).all(axis=1)
        if kept.size and kept.mean() >= LEAST_SHARE:
            found.append(Held(law, weight, kept, values[kept]))
    total = sum(one.weight for one in found)
    return [Held(one.law, one.weight / total, one.kept, one.curve) for one in found]


def world_of_curve(laws: Sequence[Held], q: int) -> World:
    """One world for the curve at q targets (the first points) and at candidates (the others), over all laws."""
    values = np.concatenate([one.curve for one in laws])
    share = np.concatenate([np.full(len(one.curve), one.weight / len(one.curve)) for one in laws])
    noise = sum(one.weight * (one.law.noise or 0.0) ** 2 for one in laws)
    return World(_covariance(values, share), np.full(values.shape[1] - q, noise), np.full(q, 1.0 / q))


def world_of_parameters(one: Held, names: Sequence[str]) -> World:
    """A world for parameters of one law (all of its own where none is named); each is scaled to its own spread.

    Raises:
        KeyError: the law has no such parameter.
    """
    wanted = [one.law.parameter(name) for name in names] if names else list(one.law.parameters)
    at = [one.law.parameters.index(estimate) for estimate in wanted]
    drawn = one.law.draws[one.kept][:, at]
    spread = np.std(drawn, axis=0)
    moving = spread > 0  # a parameter that is pinned has nothing to learn
    drawn = drawn[:, moving] / spread[moving]
    values = np.concatenate([drawn, one.curve], axis=1)
    joint = _covariance(values, np.full(len(values), 1.0 / len(values)))
    q = drawn.shape[1]
    noise = np.full(one.curve.shape[1], (one.law.noise or 0.0) ** 2)
    return World(joint, noise, np.full(q, 1.0 / max(q, 1)), one.weight)


def on_footing(world: World, again: np.ndarray) -> World:
    """The world without its last candidates, which are the places of the runs made (``again`` many at each).

    Noise is raised, never lowered, until the same runs once more would halve the targets' variance.
    """
    q, n = world.q, len(world.noise) - len(again)
    keep = np.r_[0:q, q + n : q + n + len(again)]
    made = World(world.joint[np.ix_(keep, keep)], world.noise[n:], world.targets)
    half = 0.5 * float(world.targets @ np.diag(made.joint)[:q])

    def left(factor: float) -> float:
        after = conditioned(World(made.joint, made.noise * factor, made.targets), again)
        return float(made.targets @ np.diag(after.joint)[:q])

    low, high = 1.0, MOST_RAISED
    if left(low) < half:
        while high / low > 1.01:
            middle = float(np.sqrt(low * high))
            low, high = (middle, high) if left(middle) < half else (low, middle)
    joint = world.joint[: q + n, : q + n]
    return World(joint, world.noise[:n] * low, world.targets, world.weight)


def worlds_apart(laws: Sequence[Held]) -> list[World]:
    """A world for each ordered pair of laws: what one expects, and by how much draws of the other differ from that."""
    found = []
    for one in laws:
        centre = one.curve.mean(axis=0)
        joint = _covariance(one.curve, np.full(len(one.curve), 1.0 / len(one.curve)))
        noise = np.full(len(centre), (one.law.noise or 0.0) ** 2)
        for rival in laws:
            if rival is not one:
                rows = np.unique(np.linspace(0, len(rival.curve) - 1, CONTRASTS).astype(int))
                contrast = (rival.curve[rows] - centre).T
                weight = 1.0 / (len(laws) * (len(laws) - 1))
                found.append(World(joint, noise, np.zeros(0), weight, contrast))
    return found


def _covariance(values: np.ndarray, share: np.ndarray) -> np.ndarray:
    centred = values - share @ values
    return (centred * share[:, None]).T @ centred
