"""The iteration of the solver, compiled: one row after the other, eight of its points at a time.

What belongs here: the same steps, damping, bounds and stops as in ``newton``, for one row; tests hold the two to the
same optima. What does not: the formulas (``laws``; called here by the address of their compiled kernels), what the
steps mean (``solve``), when this is worth compiling (``backend``). Imported only when it is used: it needs numba.

Nothing here knows a family: the driver is compiled once for all of them. Memory is handed about as pointers: arrays
are counted references, and a row of eight points takes less time than counting them.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from scaling_assets.science.fitting.curvature import DIFFERENCE
from scaling_assets.science.fitting.lanes import WIDTH, call, load, moved, pointer_to, spread, store, total
from scaling_assets.science.fitting.newton import GRADIENT_GOAL, LEAST_DAMPING, STALLS

LOSSES = {"least_squares": 0, "huber": 1, "asymmetric_mae": 2, "binomial": 3, "poisson": 4}
SCALES = {"identity": 0, "log": 1, "logit": 2}
_LEAST_SQUARES, _HUBER, _ASYMMETRIC, _BINOMIAL, _POISSON = range(5)
_IDENTITY, _LOG, _LOGIT = range(3)

GOAL_SQUARED = GRADIENT_GOAL**2

_part = njit(error_model="numpy", inline="always")  # has one place of call, so that inlining it costs nothing


class Task(NamedTuple):
    """What all rows share: addresses of the kernels, sizes, the loss and the residual scale by number."""

    look: int
    bend: int
    is_differenced: bool  # second derivatives by differences of the gradient
    p: int
    axes: int
    pairs: int
    loss: int
    share: float
    scale: int


class Room(NamedTuple):
    """Memory for one row, as pointers. Two states (here and tried) take turns in those that are there twice."""

    blocks: int  # vectors that the longest row needs
    u: int  # (2, p)
    theta: int  # (2, p)
    chain: int  # d theta / d u
    low: int
    high: int
    g: int
    length: int
    chart: int  # what goes on the diagonal of the system besides second derivatives of the sum
    held: int  # 1 for a parameter on its bound that wants to leave
    d: int
    step: int
    system: int  # (p, p)
    reduced: int  # (p, p)
    found: int  # (p + 1, max(p, pairs))
    wide: int
    z: int
    target: int
    weight: int
    least: int  # the cost of the best curve at each point, of likelihoods
    pull: int
    turn: int
    stiff: int
    unit: int
    column: int
    second: int
    y: int  # (2, points), as all that follow
    eta: int
    slope: int
    dy: int
    dr: int


def vectors_needed(p: int, axes: int, pairs: int, blocks: int) -> int:
    """How many vectors of memory :func:`fit_rows` needs."""
    most = max(p, pairs)
    small = 13 * _whole(p) + 2 * _whole(p * p) + _whole((p + 1) * most)
    return small + p + blocks * (axes + 8 + most + 2 * (3 + 2 * p))


def _whole(count: int) -> int:
    return -(-count // WIDTH)


@_part
def _furnish(room, p, axes, pairs, blocks):  # type: ignore[no-untyped-def]
    row, most = (p + WIDTH - 1) // WIDTH, max(p, pairs)
    square = (p * p + WIDTH - 1) // WIDTH
    u = pointer_to(room)
    theta = moved(u, 2 * row)
    chain = moved(theta, 2 * row)
    system = moved(chain, 9 * row)
    reduced = moved(system, square)
    found = moved(reduced, square)
    wide = moved(found, ((p + 1) * most + WIDTH - 1) // WIDTH)
    z = moved(wide, p)
    target = moved(z, blocks * axes)
    second = moved(target, 8 * blocks)
    y = moved(second, blocks * most)
    return Room(
        blocks, u, theta, chain, moved(chain, row), moved(chain, 2 * row), moved(chain, 3 * row), moved(chain, 4 * row),
        moved(chain, 5 * row), moved(chain, 6 * row),
        moved(chain, 7 * row), moved(chain, 8 * row), system, reduced, found, wide, z, target, moved(target, blocks),
        moved(target, 2 * blocks), moved(target, 3 * blocks), moved(target, 4 * blocks), moved(target, 5 * blocks),
        moved(target, 6 * blocks), moved(target, 7 * blocks), second, y, moved(y, 2 * blocks), moved(y, 4 * blocks),
        moved(y, 6 * blocks), moved(y, (6 + 2 * p) * blocks),
    )  # fmt: skip


# ---- losses and residual scales, for vectors ----


@_part
def _scaled(scale, y):  # type: ignore[no-untyped-def]
    """h(y), h'(y)."""
    eta, slope = y, spread(1.0)
    if scale == _LOG:
        eta, slope = np.log(y), 1.0 / y
    elif scale == _LOGIT:
        eta, slope = np.log(y) - np.log1p(-y), 1.0 / (y * (1.0 - y))
    return eta, slope


@_part
def _cost(loss, share, eta, target, least, delta):  # type: ignore[no-untyped-def]
    r = eta - target
    if loss == _LEAST_SQUARES:
        value = 0.5 * r * r
    elif loss == _POISSON:
        value = np.exp(eta) - target * eta - least
    elif loss == _BINOMIAL:
        value = np.logaddexp(0.0, eta) - target * eta - least
    else:
        psi = np.minimum(np.maximum(r, -delta), delta)
        value = psi * (r - 0.5 * psi)
        if loss == _ASYMMETRIC:
            value = value * np.where(r < 0.0, spread(share), spread(1.0 - share))
    return value


@_part
def _stiffness(loss, share, eta, target, delta):  # type: ignore[no-untyped-def]
    """First derivative, second derivative, weight of the majorising quadratic."""
    r = eta - target
    psi, bend, metric = r, spread(1.0), spread(1.0)
    if loss == _POISSON:
        bend = np.exp(eta)
        psi, metric = bend - target, bend
    elif loss == _BINOMIAL:
        rate = 0.5 * (1.0 + np.tanh(0.5 * eta))
        psi, bend = rate - target, rate * (1.0 - rate)
        metric = np.maximum(bend, 1e-12)
    elif loss != _LEAST_SQUARES:
        size = np.abs(r)
        psi = np.minimum(np.maximum(r, -delta), delta)
        bend = np.where(size <= delta, spread(1.0), spread(0.0))
        metric = delta / np.maximum(size, delta)
        if loss == _ASYMMETRIC:
            side = np.where(r < 0.0, spread(share), spread(1.0 - share))
            psi, bend, metric = psi * side, bend * side, metric * side
    return psi, bend, metric


@_part
def _least_cost(loss, rate):  # type: ignore[no-untyped-def]
    """What is taken off a point's negative log-likelihood, so that the best curve costs 0."""
    yes = rate * math.log(rate) if rate > 0.0 else 0.0
    no = (1.0 - rate) * math.log(1.0 - rate) if rate < 1.0 else 0.0
    return rate - yes if loss == _POISSON else -yes - no


# ---- one row ----


@_part
def _gather(task, room, z, target, weight, problem, row, whose):  # type: ignore[no-untyped-def]
    """Lay the used points of a row into the room, the last vector filled up without weight: vectors, sum of w."""
    count, first, heavy = 0, 0, 0.0
    n = weight.shape[0]
    for k in range(n + WIDTH):
        i, w = k, 0.0
        if k < n:
            w = weight[i, row]
            if not w > 0.0:
                continue
            if count == 0:
                first = i
            heavy += w
        elif count % WIDTH == 0 and count > 0:
            break
        else:
            i = first
        block, lane = count // WIDTH, count % WIDTH
        for a in range(task.axes):
            room.z[(block * task.axes + a) * WIDTH + lane] = z[a, i, problem]
        room.target[count] = target[i, whose]
        room.weight[count] = w
        if task.loss >= _BINOMIAL:
            room.least[count] = _least_cost(task.loss, target[i, whose])
        count += 1
    return count // WIDTH, heavy


@_part
def _search_scale(task, room, logged, start, lower, upper, row):  # type: ignore[no-untyped-def]
    """Bounds and start on the scale of the search, ln for positive parameters."""
    for j in range(task.p):
        begin = min(max(start[j, row], lower[j, row]), upper[j, row])
        low, high = lower[j, row], upper[j, row]
        if logged[j]:
            low, high = max(math.log(max(low, 1e-304)), -700.0), min(math.log(max(high, 1e-304)), 700.0)
            begin = math.log(begin)
        room.low[j], room.high[j] = low, high
        room.u[j] = min(max(begin, low), high)


@_part
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
        eta, slope = _scaled(task.scale, load(room.y, first + b))
        store(room.eta, first + b, eta)
        store(room.slope, first + b, slope)
        cost = _cost(task.loss, task.share, eta, load(room.target, b), load(room.least, b), spread(delta))
        summed = summed + load(room.weight, b) * cost
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


@_part
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


@_part
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


@_part
def _gradient(task, room, blocks, state, lam, delta):  # type: ignore[no-untyped-def]
    """Fill the gradient and the squared lengths of its columns; returns the square of the pull."""
    p, first = task.p, state * room.blocks
    dr = moved(room.dr, first * p)
    square = spread(0.0)
    for b in range(blocks):
        weight, slope = load(room.weight, b), load(room.slope, first + b)
        psi, bend, metric = _stiffness(
            task.loss, task.share, load(room.eta, first + b), load(room.target, b), spread(delta)
        )
        pull, unit, twist = weight * psi, spread(1.0), spread(0.0)
        if task.loss >= _BINOMIAL:
            unit = metric
        if task.scale == _LOG:
            twist = spread(-1.0)
        elif task.scale == _LOGIT:
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


@_part
def _settle(task, room, logged, state, prior, row):  # type: ignore[no-untyped-def]
    """Prior and bounds: held parameters get gradient 0. Returns the largest squared gradient per squared length."""
    p, largest = task.p, 0.0
    for j in range(p):
        room.chart[j] = room.g[j] if logged[j] else 0.0
        u = room.u[state * p + j]
        if prior.shape[1] > 0:
            room.g[j] += prior[1, j, row] * (u - prior[0, j, row])
            room.chart[j] += prior[1, j, row]
        g, low, high = room.g[j], room.low[j], room.high[j]
        room.held[j] = 0.0
        if (u <= low and g > 0.0) or (u >= high and g < 0.0) or low == high:
            room.held[j], room.g[j] = 1.0, 0.0
        size = room.g[j] * room.g[j] / (room.length[j] if room.length[j] > 0.0 else 1.0)
        largest = largest if size <= largest else size
    return largest


@_part
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


@_part
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


@njit(error_model="numpy")
def _solve(p, system, g, lam, d, a, step):  # type: ignore[no-untyped-def]
    """Step of the scaled and damped system by elimination with row exchanges; its product with the gradient."""
    ridge = (1e-13 + 1e-3 * min(lam, 1e3)) * min(1.0, lam + 1e-3)
    for i in range(p):
        size = abs(system[i * p + i])
        d[i] = 1.0 / math.sqrt(size) if size > 0.0 else 1.0
    for i in range(p):
        step[i] = g[i] * d[i]
        for j in range(p):
            a[i * p + j] = system[i * p + j] * d[i] * d[j]
        a[i * p + i] += ridge
    for k in range(p):
        pivot = k
        for i in range(k + 1, p):
            if abs(a[i * p + k]) > abs(a[pivot * p + k]):
                pivot = i
        if pivot != k:
            for j in range(k, p):
                a[k * p + j], a[pivot * p + j] = a[pivot * p + j], a[k * p + j]
            step[k], step[pivot] = step[pivot], step[k]
        if a[k * p + k] == 0.0:
            a[k * p + k] = 1e-8  # exactly singular: moved a little
        inverse = 1.0 / a[k * p + k]
        for i in range(k + 1, p):
            share = a[i * p + k] * inverse
            for j in range(k + 1, p):
                a[i * p + j] -= share * a[k * p + j]
            step[i] -= share * step[k]
        a[k * p + k] = inverse
    product = 0.0
    for k in range(p - 1, -1, -1):
        value = step[k]
        for j in range(k + 1, p):
            value -= a[k * p + j] * step[j]
        step[k] = value * a[k * p + k]
        product += step[k] * (g[k] * d[k])
    return product


@_part
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
    room = _furnish(memory, p, axes, len(pairs), numbers[5])
    for row in range(low_row, high_row):
        whose = row if is_own else problem[row]
        blocks, heavy = _gather(task, room, z, target, weight, problem[row], row, whose)
        _search_scale(task, room, logged, start, lower, upper, row)
        state, f, relative, is_first, is_tried = 1, np.inf, np.inf, True, True
        lam, stalls, done, iteration, limit = damping, 0, 0, 0, first_limit
        while True:
            is_accepted = False
            if is_tried:
                new = _look(task, room, logged, blocks, 1 - state, delta[row], prior, row)
                slack = 4e-16 * abs(f)
                is_accepted = is_first or new <= f + slack
                if is_accepted:
                    stalls = stalls + 1 if f - new <= slack and not is_first else 0
                    state, f = 1 - state, new
            if not is_first:
                lam = lam / 8.0 if is_accepted else max(lam, LEAST_DAMPING) * 4.0
                lam = lam if lam >= 1e-8 else 0.0
            is_first = False
            if iteration == limit and done == 0 and second_limit > 0 and stalls < STALLS and lam <= 1e12:
                # A straggler: the numpy path gathers these and starts them anew where they are.
                done, iteration, limit, lam, stalls = limit, 0, second_limit, again, 0
            for j in range(p):
                room.chain[j] = room.theta[state * p + j] if logged[j] else 1.0
            pull = _gradient(task, room, blocks, state, lam, delta[row])
            relative = _settle(task, room, logged, state, prior, row) / max(pull, 1e-18 * heavy)
            if (
                relative < GOAL_SQUARED
                or stalls >= STALLS
                or lam > 1e12
                or not f < np.inf
                or iteration == limit
            ):
                break
            _gram(task, room, blocks, state)
            if task.is_differenced:
                _add_differenced(task, room, family_upper, blocks, state)
            elif task.pairs > 0:
                _add_curvature(task, room, pairs, blocks, state)
            _hold(task, room)
            iteration += 1
            product = _solve(p, room.system, room.g, lam, room.d, room.reduced, room.step)
            is_tried = product > 0.0 and _try(task, room, state)
        for j in range(p):
            theta_out[j, row] = room.theta[state * p + j]
        is_known = f < np.inf and math.isfinite(relative)
        out[0, row], out[1, row], out[2, row] = (
            f,
            math.sqrt(relative) if is_known else np.inf,
            done + iteration,
        )
