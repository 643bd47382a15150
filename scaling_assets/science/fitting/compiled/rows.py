"""The iteration of the solver, compiled: one row after the other, eight of its points at a time.

What belongs here: the same steps, damping, bounds and stops as in ``newton``, for one row. What does not: the formulas
(``laws``; called here by the address of their compiled kernels), what the steps mean (``solve``), when this is worth
compiling (``backend``). Nothing here knows a family: the driver is compiled once for all of them.

One thing differs from ``newton``: the lengths of the gradient's columns, which the stop is measured by, are fresh in
every step; there they are up to three steps old.
"""

import math

import numpy as np
from numba import njit

from scaling_assets.science.fitting.compiled import functions  # noqa: F401  (teaches numba np.exp of vectors)
from scaling_assets.science.fitting.compiled.elimination import eliminate
from scaling_assets.science.fitting.compiled.lanes import call, load, moved, spread, store, total
from scaling_assets.science.fitting.compiled.losses import (
    ASYMMETRIC,
    BINOMIAL,
    LOG,
    LOGIT,
    cost,
    part,
    scaled,
    stiffness,
)
from scaling_assets.science.fitting.compiled.room import Task, furnish, gather, search_scale
from scaling_assets.science.fitting.curvature import DIFFERENCE
from scaling_assets.science.fitting.newton import (
    CORNER_GOAL,
    GRADIENT_GOAL,
    LEAST_DAMPING,
    NEAR,
    PROMISE,
    STALLS,
    STIFF,
    TRUSTED,
)

GOAL_SQUARED, CORNER_SQUARED, NEAR_SQUARED = GRADIENT_GOAL**2, CORNER_GOAL**2, NEAR**2


@part
def _look(task, room, logged, blocks, state, delta, prior, row):  # type: ignore[no-untyped-def]
    """Fill a state at its u; returns the objective, infinite where it does not exist."""
    p, first = task.p, state * room.blocks
    for j in range(p):
        u = room.u[state * p + j]
        theta = math.exp(u) if logged[j] else u
        room.theta[state * p + j] = theta
        room.chain[j] = theta if logged[j] else 1.0
        store(room.wide, j, spread(theta))
    dy, dr = moved(room.dy, first * p), moved(room.dr, first * p)
    call(task.look, room.wide, room.z, blocks, dy, moved(room.y, first))
    summed = spread(0.0)
    for b in range(blocks):
        eta, slope = scaled(task.scale, load(room.y, first + b))
        store(room.eta, first + b, eta)
        store(room.slope, first + b, slope)
        lost = cost(task.loss, task.share, eta, load(room.target, b), load(room.least, b), spread(delta))
        summed = summed + load(room.weight, b) * lost
        for j in range(p):
            store(dr, b * p + j, load(dy, b * p + j) * slope * room.chain[j])
    f = total(summed)
    for j in range(prior.shape[1]):
        f += 0.5 * prior[1, j, row] * (room.u[state * p + j] - prior[0, j, row]) ** 2
    return f if math.isfinite(f) else np.inf


@njit(error_model="numpy")
def _project(columns, v, blocks, count, out):  # type: ignore[no-untyped-def]
    """Sums over points of ``count`` columns times v."""
    for m in range(count):
        summed = spread(0.0)
        for b in range(blocks):
            summed = summed + load(columns, b * count + m) * load(v, b)
        out[m] = total(summed)


@part
def _add_curvature(task, room, pairs, blocks, state):  # type: ignore[no-untyped-def]
    """Add the sum over points of pull times second derivatives, which the family gives."""
    p = task.p
    for j in range(p):
        store(room.wide, j, spread(room.theta[state * p + j]))
    call(task.bend, room.wide, room.z, blocks, moved(room.dy, state * room.blocks * p), room.second)
    _project(room.second, room.turn, blocks, task.pairs, room.found)
    for m in range(task.pairs):
        i, j = pairs[m, 0], pairs[m, 1]
        value = room.found[m] * room.chain[i] * room.chain[j]
        room.system[i * p + j] += value
        if i != j:
            room.system[j * p + i] += value


@part
def _add_differenced(task, room, upper, blocks, state):  # type: ignore[no-untyped-def]
    """The same from differences of the exact gradient by theta."""
    p = task.p
    for j in range(p):
        store(room.wide, j, spread(room.theta[state * p + j]))
    for k in range(p + 1):  # the last one is here, at theta
        j = p - k
        theta = room.theta[state * p + j - (k == 0)]
        step = DIFFERENCE * max(abs(theta), 1e-3)
        if k > 0:
            if theta + step > upper[j]:
                step = -step
            store(room.wide, j, spread(theta + step))
        call(task.look, room.wide, room.z, blocks, room.second, room.column)
        if k > 0:
            store(room.wide, j, spread(theta))
        _project(room.second, room.turn, blocks, p, moved(room.found, 0))
        for i in range(p):
            if k == 0:
                room.reduced[i] = room.found[i]
            else:
                room.found[j * p + i + p] = (room.found[i] - room.reduced[i]) / step
    for i in range(p):
        for j in range(p):
            value = 0.5 * (room.found[i * p + j + p] + room.found[j * p + i + p])
            if math.isfinite(value):
                room.system[i * p + j] += value * room.chain[i] * room.chain[j]


@part
def _gradient(task, room, blocks, state, lam, delta):  # type: ignore[no-untyped-def]
    """Fill the gradient and the squared lengths of its columns; returns the square of the pull."""
    p, first = task.p, state * room.blocks
    dr = moved(room.dr, first * p)
    square = spread(0.0)
    for b in range(blocks):
        weight, slope = load(room.weight, b), load(room.slope, first + b)
        psi, bend, metric = stiffness(
            task.loss, task.share, load(room.eta, first + b), load(room.target, b), spread(delta)
        )
        pull, unit, twist = weight * psi, spread(1.0), spread(0.0)
        if task.loss >= BINOMIAL:
            unit = metric
        if task.scale == LOG:
            twist = spread(-1.0)
        elif task.scale == LOGIT:
            twist = 2.0 * load(room.y, first + b) - 1.0
        square = square + pull * psi / unit
        store(room.pull, b, pull)
        store(room.unit, b, weight * unit)
        store(room.turn, b, pull * slope)
        store(room.stiff, b, weight * (bend + lam * metric) + twist * pull)
    for j in range(p):
        gradient, length = spread(0.0), spread(0.0)
        for b in range(blocks):
            column = load(dr, b * p + j)
            gradient = gradient + column * load(room.pull, b)
            length = length + column * column * load(room.unit, b)
        room.g[j], room.length[j] = total(gradient), total(length)
    return total(square)


@part
def _settle(task, room, logged, state, prior, row, pull, least):  # type: ignore[no-untyped-def]
    """Prior and bounds: held parameters get gradient 0. Returns the largest squared cosine of pull and columns."""
    p, largest = task.p, 0.0
    for j in range(p):
        room.chart[j] = room.g[j] if logged[j] else 0.0
        u = room.u[state * p + j]
        if prior.shape[1] > 0:
            off = prior[1, j, row] * (u - prior[0, j, row])
            pull += off * (u - prior[0, j, row])
            room.g[j] += off
            room.chart[j] += prior[1, j, row]
            room.length[j] += prior[1, j, row]
        g, low, high = room.g[j], room.low[j], room.high[j]
        room.held[j] = 0.0
        if (u <= low and g > 0.0) or (u >= high and g < 0.0) or low == high:
            room.held[j], room.g[j] = 1.0, 0.0
        size = room.g[j] * room.g[j] / (room.length[j] if room.length[j] > 0.0 else 1.0)
        largest = largest if size <= largest else size
    return largest / max(pull, least)


@part
def _gram(task, room, blocks, state):  # type: ignore[no-untyped-def]
    """Fill the system with J' k J, k the second derivative on the residual scale plus lam times the metric."""
    p = task.p
    dr = moved(room.dr, state * room.blocks * p)
    for i in range(p):
        for b in range(blocks):
            store(room.column, b, load(dr, b * p + i) * load(room.stiff, b))
        for j in range(i + 1):
            summed = spread(0.0)
            for b in range(blocks):
                summed = summed + load(room.column, b) * load(dr, b * p + j)
            value = total(summed)
            room.system[i * p + j] = value
            room.system[j * p + i] = value


@part
def _hold(task, room):  # type: ignore[no-untyped-def]
    """Add what chart and prior put on the diagonal; take held parameters out of the system."""
    p = task.p
    for j in range(p):
        room.system[j * p + j] += room.chart[j]
    for j in range(p):
        if room.held[j] > 0.0:
            for i in range(p):
                room.system[j * p + i] = 0.0
                room.system[i * p + j] = 0.0
            room.system[j * p + j] = 1.0


@part
def _is_stiff(task, room):  # type: ignore[no-untyped-def]
    """True when the curvature of the loss is a fair share of what squares would have."""
    is_stiff = True
    for j in range(task.p):
        is_stiff = is_stiff and (room.system[j * task.p + j] >= STIFF * room.length[j] or room.g[j] == 0.0)
    return is_stiff


@part
def _try(task, room, state):  # type: ignore[no-untyped-def]
    """Lay the point that the step leads to into the other state; False where it is not a number."""
    p, is_finite = task.p, True
    for j in range(p):
        u = room.u[state * p + j] - room.step[j] * room.d[j]
        is_finite = is_finite and not math.isnan(u)
        u = min(max(u, room.low[j]), room.high[j])
        is_finite = is_finite and math.isfinite(u)
        room.u[(1 - state) * p + j] = u
    return is_finite


def fit_rows(  # type: ignore[no-untyped-def]
    numbers, pairs, logged, family_upper, share, z, target, is_own, problem, weight, start, lower, upper, delta,
    damping, again, prior, first_limit, second_limit, low_row, high_row, memory, theta_out, out,
):  # fmt: skip
    """Fit rows ``low_row`` to ``high_row``: fills theta_out (p, R) and out (3, R): objective, gradient, steps.

    ``numbers`` holds look, bend, is_differenced, loss, scale and the vectors of the longest row; ``target`` is
    (n, R) when ``is_own``, else (n, P); ``prior`` (2, p, R) or (2, 0, 0); other shapes as in ``solve.Rows``.
    """
    p, axes = len(logged), len(z)
    task = Task(numbers[0], numbers[1], numbers[2] == 1, p, axes, len(pairs), numbers[3], share, numbers[4])
    room = furnish(memory, p, axes, len(pairs), numbers[5])
    is_smooth = prior.shape[1] == 0 and task.loss != ASYMMETRIC  # as in ``newton``
    goal = GOAL_SQUARED if is_smooth else CORNER_SQUARED
    for row in range(low_row, high_row):
        whose = row if is_own else problem[row]
        blocks, heavy = gather(task, room, z, target, weight, problem[row], row, whose)
        search_scale(task, room, logged, start, lower, upper, row)
        state, f, relative, is_first, is_tried = 1, np.inf, np.inf, True, True
        lam, stalls, done, iteration, limit, product, before = damping, 0, 0, 0, first_limit, 0.0, np.inf
        while True:
            is_accepted = False
            if is_tried:
                new = _look(task, room, logged, blocks, 1 - state, delta[row], prior, row)
                slack, before = 4e-16 * abs(f), f
                is_accepted = is_first or new <= f + slack
                if is_accepted:
                    stalls = stalls + 1 if f - new <= slack and not is_first else 0
                    state, f = 1 - state, new
            if not is_first:
                lam = lam / 8.0 if is_accepted else max(lam, LEAST_DAMPING) * 4.0
                if lam < 1e-8 or (is_smooth and is_accepted and product <= TRUSTED * before):
                    lam = 0.0
            is_first = False
            if iteration == limit and done == 0 and second_limit > 0 and stalls < STALLS and lam <= 1e12:
                # A straggler: the numpy path gathers these and starts them anew where they are.
                done, iteration, limit, lam, stalls = limit, 0, second_limit, again, 0
            for j in range(p):
                room.chain[j] = room.theta[state * p + j] if logged[j] else 1.0
            pull = _gradient(task, room, blocks, state, lam, delta[row])
            relative = _settle(task, room, logged, state, prior, row, pull, 1e-18 * heavy)
            if lam > 1e12 or not f < np.inf or iteration == limit:
                break
            _gram(task, room, blocks, state)
            if task.is_differenced:
                _add_differenced(task, room, family_upper, blocks, state)
            elif task.pairs > 0:
                _add_curvature(task, room, pairs, blocks, state)
            _hold(task, room)
            iteration += 1
            product = eliminate(p, room.system, room.g, lam, room.d, room.reduced, room.step)
            is_tried = product > 0.0 and _try(task, room, state)
            has_arrived = relative < goal or stalls >= STALLS
            is_close = lam == 0.0 and product <= PROMISE * f and (has_arrived or relative < NEAR_SQUARED)
            if is_tried and is_smooth and is_close and _is_stiff(task, room):
                for j in range(p):  # the last step is taken on trust, as in ``newton``
                    u = room.u[(1 - state) * p + j]
                    room.theta[state * p + j] = math.exp(u) if logged[j] else u
                break
            if has_arrived:
                iteration -= 1
                break
        for j in range(p):
            theta_out[j, row] = room.theta[state * p + j]
        is_known = f < np.inf and math.isfinite(relative)
        out[0, row], out[1, row], out[2, row] = (
            f,
            math.sqrt(relative) if is_known else np.inf,
            done + iteration,
        )
