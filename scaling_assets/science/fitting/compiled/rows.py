"""The iteration of the solver, compiled: eight rows at a time, each in its lane of the vectors.

What belongs here: the same steps, damping, bounds and stops as in ``newton``, for eight rows side by side. A row that
stops leaves its lane to the next one. What does not: sums over points (``sums``), the formulas (``laws``; called by the
address of their compiled kernels), what the steps mean (``solve``), when this is worth compiling (``backend``). Nothing
here knows a family: the driver is compiled once for all of them. Nothing here goes from one lane to another: what a row
ends at does not depend on the rows beside it.
"""

import math

import numpy as np

from scaling_assets.science.fitting.compiled.elimination import solve_lanes
from scaling_assets.science.fitting.compiled.lanes import WIDTH, load, spread, store
from scaling_assets.science.fitting.compiled.losses import ASYMMETRIC, part
from scaling_assets.science.fitting.compiled.masks import ALL, bits, mask_of, pick
from scaling_assets.science.fitting.compiled.room import Task, furnish, gather, search_scale, source_of
from scaling_assets.science.fitting.compiled.sums import look
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
def _accept(here, there, accepted, size):  # type: ignore[no-untyped-def]
    """Overwrite the state ``here`` in these lanes."""
    for m in range(size):
        store(here, m, np.where(accepted, load(there, m), load(here, m)))


@part
def _settle(task, room, here, lam):  # type: ignore[no-untyped-def]
    """Fill gradient and damped system with held parameters out; the largest squared cosine of pull and columns."""
    p = task.p
    triangle = p * (p + 1) // 2
    for m in range(triangle):
        store(room.system, m, load(here, 4 * p + m) + lam * load(here, 4 * p + triangle + m))
    largest = spread(0.0)
    m = 0
    for j in range(p):
        u, g, length = load(here, j), load(here, 2 * p + j), load(here, 3 * p + j)
        low, high, zero = load(room.low, j), load(room.high, j), spread(0.0)
        held = ((u <= low) & (g > 0.0)) | ((u >= high) & (g < 0.0)) | (low == high)
        if bits(held) != 0:
            g = np.where(held, zero, g)
            for i in range(j):
                store(room.system, m + i, np.where(held, zero, load(room.system, m + i)))
            store(room.system, m + j, np.where(held, spread(1.0), load(room.system, m + j)))
            for i in range(j + 1, p):
                at = i * (i + 1) // 2 + j
                store(room.system, at, np.where(held, zero, load(room.system, at)))
        store(room.g, j, g)
        largest = np.maximum(largest, g * g / np.where(length > 0.0, length, spread(1.0)))
        m += j + 1
    squared = load(here, 4 * p + 2 * triangle + 1)
    least = 1e-18 * load(room.heavy, 0)
    return largest / np.where(squared > least, squared, least)


@part
def _is_stiff(task, room, here):  # type: ignore[no-untyped-def]
    """True where the curvature of the loss is a fair share of what squares would have."""
    stiff = mask_of(ALL)
    for j in range(task.p):
        size = load(room.system, j * (j + 1) // 2 + j)
        stiff = stiff & ((size >= STIFF * load(here, 3 * task.p + j)) | (load(room.g, j) == 0.0))
    return stiff


@part
def _try(task, room, here, there):  # type: ignore[no-untyped-def]
    """Lay the points that the steps lead to into the other state; true where they are numbers."""
    finite = mask_of(ALL)
    for j in range(task.p):
        u = load(here, j) - load(room.step, j)
        u = np.minimum(np.maximum(u, load(room.low, j)), load(room.high, j))
        store(there, j, u)
        finite = finite & (abs(u) < np.inf)
    return finite


def fit_rows(  # type: ignore[no-untyped-def]
    numbers, places, logged, family_upper, share, z, target, is_own, problem, weight, start, lower, upper, delta,
    damping, again, prior, first_limit, second_limit, low_row, high_row, memory, theta_out, out,
):  # fmt: skip
    """Fit rows ``low_row`` to ``high_row``: fills theta_out (p, R) and out (3, R): objective, gradient, steps.

    ``numbers`` holds look, bend, is_differenced, loss, scale; ``places`` where second derivatives go in a lower
    triangle; ``target`` is (n, R) when ``is_own``, else (n, P); ``prior`` (2, p, R) or (2, 0, 0); other shapes as in
    ``solve.Rows``.
    """
    p, axes, pairs = len(logged), len(z), len(places)
    has_prior, is_any_logged = prior.shape[1] > 0, False
    for j in range(p):
        is_any_logged = is_any_logged or logged[j]
    task = Task(numbers[0], numbers[1], numbers[2] == 1, p, axes, pairs, numbers[3], share, numbers[4],
                is_any_logged, has_prior)  # fmt: skip
    points, source = weight.shape[0], source_of(z, target, weight)
    room = furnish(memory, p, axes, pairs, points)
    is_smooth = not has_prior and task.loss != ASYMMETRIC  # as in ``newton``
    goal = GOAL_SQUARED if is_smooth else CORNER_SQUARED
    size = 4 * p + p * (p + 1) + 2
    here, there = room.here, room.there
    zero, infinite = spread(0.0), spread(np.inf)
    f, relative, lam, stalls, product = zero, zero, zero, zero, zero
    done, iteration, limit = zero, zero, zero
    tried, trusted, active, stopped, row = mask_of(0), 0, 0, ALL, low_row
    while True:
        fresh = 0
        for lane in range(WIDTH):
            if not (stopped >> lane) & 1:
                continue
            if (active >> lane) & 1:
                which, best, cosine = int(room.row[lane]), pick(f, lane), pick(relative, lane)
                for j in range(p):
                    theta = here[(p + j) * WIDTH + lane]
                    if (trusted >> lane) & 1:
                        u = there[j * WIDTH + lane]
                        theta = math.exp(u) if logged[j] else u
                    theta_out[j, which] = theta
                is_known = best < np.inf and math.isfinite(cosine)
                out[0, which], out[1, which] = best, math.sqrt(cosine) if is_known else np.inf
                out[2, which] = pick(done + iteration, lane)
                active -= 1 << lane
            if row < high_row:
                gather(task, room, source, lane, points, problem[row], row, row if is_own else problem[row])
                search_scale(task, room, there, lane, logged, start, lower, upper, delta, prior, row)
                fresh, active = fresh | 1 << lane, active | 1 << lane
                row += 1
        if active == 0:
            break
        n = 0
        for lane in range(WIDTH):
            if (active >> lane) & 1:
                n = max(n, int(room.row[WIDTH + lane]))
        is_new = mask_of(fresh)
        f, stalls = np.where(is_new, infinite, f), np.where(is_new, zero, stalls)
        done, iteration = np.where(is_new, zero, done), np.where(is_new, zero, iteration)
        limit = np.where(is_new, spread(first_limit), limit)

        look(task, room, there, n, logged, family_upper, places)
        found = load(there, size - 2)
        slack = 4e-16 * abs(f)
        accepted = is_new | (tried & (found <= f + slack))
        stalls = np.where(accepted, np.where(f - found <= slack, stalls + 1.0, zero), stalls)
        damped = np.where(accepted, 0.125 * lam, 4.0 * np.maximum(lam, LEAST_DAMPING))
        damped = np.where(damped < 1e-8, zero, damped)
        if is_smooth:
            damped = np.where(accepted & (product <= TRUSTED * f), zero, damped)
        lam, stalls = np.where(is_new, spread(damping), damped), np.where(is_new, zero, stalls)
        f = np.where(accepted, found, f)
        if bits(accepted) | (ALL - active) == ALL:
            here, there = there, here
        else:
            _accept(here, there, accepted, size)
        over = iteration >= limit
        if bits(over) != 0 and second_limit > 0:
            # Stragglers: the numpy path gathers these and starts them anew where they are.
            late = over & (done == 0.0) & (stalls < spread(STALLS)) & (lam <= 1e12)
            done, iteration = np.where(late, limit, done), np.where(late, zero, iteration)
            limit, stalls = np.where(late, spread(second_limit), limit), np.where(late, zero, stalls)
            lam = np.where(late, spread(again), lam)
            over = iteration >= limit
        relative = _settle(task, room, here, lam)
        lost = (lam > 1e12) | (f == infinite) | over
        product = solve_lanes(p, room.system, room.g, lam, room.scratch, room.step, not is_smooth)
        tried = (product > 0.0) & _try(task, room, here, there)
        arrived = ((relative < goal) | (stalls >= STALLS)) & ~lost
        stops = lost | arrived
        iteration = iteration + np.where(stops, zero, spread(1.0))
        trusted = 0
        if is_smooth:
            last = (arrived | (relative < NEAR_SQUARED)) & tried & ~lost
            last = last & (lam == 0.0) & (product <= PROMISE * f)
            if bits(last) != 0:  # the last step is taken on trust, as in ``newton``
                last = last & _is_stiff(task, room, here)
                iteration = iteration + np.where(last & arrived, spread(1.0), zero)
                stops, trusted = stops | last, bits(last)
        stopped = bits(stops) | (ALL - active)
