"""Everything that a step needs to know of eight curves, in one pass over their points.

What belongs here: objective, gradient, Hessian, metric as sums over points, each row in a lane of its own: no sum runs
across lanes. What does not: the iteration (``rows``), the losses (``losses``).

A *state* holds for eight rows, in vectors: u (p), theta (p), gradient (p), squared lengths of the gradient's columns
(p), the lower triangles of Hessian and metric, the objective, the squared pull. All by u, the scale of the search.
"""

import numpy as np

from scaling_assets.science.fitting.compiled import functions  # noqa: F401  (teaches numba np.exp of vectors)
from scaling_assets.science.fitting.compiled.lanes import call, load, moved, spread, store
from scaling_assets.science.fitting.compiled.losses import (
    BINOMIAL,
    LOG,
    LOGIT,
    cost,
    part,
    scaled,
    stiffness,
)
from scaling_assets.science.fitting.compiled.room import CHUNK
from scaling_assets.science.fitting.curvature import DIFFERENCE


@part
def look(task, room, state, n, logged, upper, places):  # type: ignore[no-untyped-def]
    """Fill a state at its u from ``n`` points; the objective is infinite where it does not exist."""
    p = task.p
    triangle = p * (p + 1) // 2
    theta = moved(state, p)
    for j in range(p):
        u = load(state, j)
        store(theta, j, np.exp(u) if logged[j] else u)
    for m in range(2 * p, 4 * p + 2 * triangle):
        store(state, m, spread(0.0))
    for m in range(p * p if task.is_differenced else 0):
        store(room.found, m, spread(0.0))
    lost, squared, delta = spread(0.0), spread(0.0), load(room.delta, 0)
    for first in range(0, n, CHUNK):
        count = min(CHUNK, n - first)
        z = moved(room.z, first * task.axes)
        call(task.look, theta, z, count, room.dy, room.y)
        for b in range(count):
            y, target, weight = load(room.y, b), load(room.target, first + b), load(room.weight, first + b)
            eta, slope = scaled(task.scale, y)
            psi, bend, metric = stiffness(task.loss, task.share, eta, target, delta)
            least = load(room.least, first + b)
            lost = lost + weight * cost(task.loss, task.share, eta, target, least, delta)
            pull, unit, curve, square = weight * psi, spread(1.0), weight * bend, slope * slope
            if task.loss >= BINOMIAL:
                unit = metric
                squared = squared + pull * psi / metric
            else:
                squared = squared + pull * psi
            if task.scale == LOG:
                curve = curve - pull
            elif task.scale == LOGIT:
                curve = curve + (2.0 * y - 1.0) * pull
            weight = weight * square
            store(room.turn, b, pull * slope)
            store(room.curve, b, curve * square)
            store(room.metric, b, weight * metric)
            store(room.unit, b, weight * unit)
        for j in range(p):
            gradient, length = load(state, 2 * p + j), load(state, 3 * p + j)
            for b in range(count):
                column = load(room.dy, b * p + j)
                gradient = gradient + column * load(room.turn, b)
                length = length + column * column * load(room.unit, b)
            store(state, 2 * p + j, gradient)
            store(state, 3 * p + j, length)
        for i in range(p):
            m = 4 * p + i * (i + 1) // 2
            for j in range(0, i + 1, 2):  # two columns at a time; an odd last one is its own companion
                k = j + (j < i)
                curve, metric = load(state, m + j), load(state, m + j + triangle)
                other_curve, other_metric = load(state, m + k), load(state, m + k + triangle)
                for b in range(count):
                    column = load(room.dy, b * p + i)
                    curved, measured = column * load(room.curve, b), column * load(room.metric, b)
                    column, other = load(room.dy, b * p + j), load(room.dy, b * p + k)
                    curve, metric = curve + curved * column, metric + measured * column
                    other_curve, other_metric = other_curve + curved * other, other_metric + measured * other
                store(state, m + j, curve)
                store(state, m + j + triangle, metric)
                store(state, m + k, other_curve)
                store(state, m + k + triangle, other_metric)
        if task.is_differenced:
            _shifted(task, room, state, z, count, upper)
        elif task.pairs > 0:
            call(task.bend, theta, z, count, room.dy, room.second)
            for k in range(task.pairs):
                summed = load(state, 4 * p + places[k])
                for b in range(count):
                    summed = summed + load(room.second, b * task.pairs + k) * load(room.turn, b)
                store(state, 4 * p + places[k], summed)
    if task.is_differenced:
        _add_differenced(task, room, state, upper)
    _by_search(task, room, state, logged, lost, squared)


@part
def _shift(theta, upper):  # type: ignore[no-untyped-def]
    step = DIFFERENCE * np.maximum(abs(theta), 1e-3)
    return np.where(theta + step > upper, -step, step)


@part
def _shifted(task, room, state, z, count, upper):  # type: ignore[no-untyped-def]
    """Add to the gradients (by theta) a little away from theta along each axis."""
    p = task.p
    for j in range(p):
        theta = load(state, p + j)
        store(state, p + j, theta + _shift(theta, upper[j]))
        call(task.look, moved(state, p), z, count, room.second, room.y)
        store(state, p + j, theta)
        for i in range(p):
            summed = load(room.found, j * p + i)
            for b in range(count):
                summed = summed + load(room.second, b * p + i) * load(room.turn, b)
            store(room.found, j * p + i, summed)


@part
def _add_differenced(task, room, state, upper):  # type: ignore[no-untyped-def]
    """Add the differences of these gradients to the Hessian."""
    p = task.p
    for j in range(p):
        step = _shift(load(state, p + j), upper[j])
        for i in range(p):
            store(room.found, j * p + i, (load(room.found, j * p + i) - load(state, 2 * p + i)) / step)
    m = 4 * p
    for i in range(p):
        for j in range(i + 1):
            value = 0.5 * (load(room.found, i * p + j) + load(room.found, j * p + i))
            store(state, m, load(state, m) + np.where(abs(value) < np.inf, value, spread(0.0)))
            m += 1


@part
def _by_search(task, room, state, logged, lost, squared):  # type: ignore[no-untyped-def]
    """From derivatives by theta to those by u, the chain of logarithms; the prior."""
    p = task.p
    m, triangle = 4 * p, p * (p + 1) // 2
    if task.is_any_logged:
        for i in range(p):
            one = load(state, p + i) if logged[i] else spread(1.0)
            for j in range(i + 1):
                chain = one * (load(state, p + j) if logged[j] else spread(1.0))
                store(state, m + j, load(state, m + j) * chain)
                store(state, m + j + triangle, load(state, m + j + triangle) * chain)
            gradient = load(state, 2 * p + i) * one
            store(state, 2 * p + i, gradient)
            store(state, 3 * p + i, load(state, 3 * p + i) * one * one)
            if logged[i]:
                store(state, m + i, load(state, m + i) + gradient)
            m += i + 1
    if task.has_prior:
        m = 4 * p
        for i in range(p):
            away, sharp = load(state, i) - load(room.mean, i), load(room.sharp, i)
            pull = sharp * away
            lost, squared = lost + 0.5 * pull * away, squared + pull * away
            store(state, 2 * p + i, load(state, 2 * p + i) + pull)
            store(state, 3 * p + i, load(state, 3 * p + i) + sharp)
            store(state, m + i, load(state, m + i) + sharp)
            m += i + 1
    lost = np.where(abs(lost) < np.inf, lost, spread(np.inf))
    store(state, 4 * p + 2 * triangle, lost)
    store(state, 4 * p + 2 * triangle + 1, squared)
