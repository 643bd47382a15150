"""The linear system of one step, for eight rows in the lanes of vectors.

What belongs here: scaling, damping and elimination. What does not: how the systems come about (``sums``, ``rows``).
"""

import math

import numpy as np
from numba import njit

from scaling_assets.science.fitting.compiled.lanes import WIDTH, load, spread, store
from scaling_assets.science.fitting.compiled.losses import part
from scaling_assets.science.fitting.compiled.masks import ALL, bits, mask_of
from scaling_assets.science.fitting.systems import LARGE, NUDGE, SINGULAR, TINY


@part
def solve_lanes(p, system, g, lam, scratch, step, is_delicate):  # type: ignore[no-untyped-def]
    """Fill the steps (p vectors) of systems given by their lower triangles; their products with the gradients.

    As in ``systems``: elimination without exchanges of rows; a lane where a pivot lost nearly all of its entry, and
    any lane when ``is_delicate``, is done again with exchanges, scaled to a unit diagonal; one where a pivot is no
    more than rounding is moved a little there.
    """
    ridge = (1e-13 + 1e-3 * np.minimum(lam, 1e3)) * np.minimum(1.0, lam + 1e-3)
    inverse = p * (p + 1) // 2
    m = 0
    for i in range(p):
        for j in range(i):
            store(scratch, m + j, load(system, m + j))
        entry = load(system, m + i)
        size = abs(entry)
        store(scratch, m + i, entry + ridge * np.where(size > 0.0, size, spread(1.0)))
        store(step, i, load(g, i))
        m += i + 1
    fine = mask_of(0 if is_delicate else ALL)
    sound = mask_of(ALL)
    for k in range(p):
        row = k * (k + 1) // 2
        pivot = load(scratch, row + k)
        entry = abs(load(system, row + k))
        fine = fine & (abs(pivot) > TINY * entry)
        sound = sound & (abs(pivot) > SINGULAR * entry)
        inverted = 1.0 / pivot
        store(scratch, inverse + k, inverted)
        right = load(step, k)
        m = row + k + 1
        for i in range(k + 1, p):
            share = load(scratch, m + k) * inverted
            other = (k + 1) * (k + 2) // 2
            for j in range(k + 1, i + 1):
                store(scratch, m + j, load(scratch, m + j) - share * load(scratch, other + k))
                other += j + 1
            store(step, i, load(step, i) - share * right)
            m += i + 1
    product = spread(0.0)
    for back in range(p):
        k = p - 1 - back
        value = load(step, k)
        for j in range(k + 1, p):
            value = value - load(scratch, j * (j + 1) // 2 + k) * load(step, j)
        value = value * load(scratch, inverse + k)
        store(step, k, value)
        product = product + value * load(g, k)
    coarse = ALL - bits(fine)
    if coarse != 0:
        level = ALL - bits(sound) if p < LARGE else 0
        store(scratch, 0, product)
        store(scratch, 1, lam)
        for lane in range(WIDTH):
            if (coarse >> lane) & 1:
                scratch[lane] = exchanged(
                    p, system, g, scratch[WIDTH + lane], scratch, step, lane, (level >> lane) & 1
                )
        product = load(scratch, 0)
    return product


@njit(error_model="numpy")
def exchanged(p, system, g, lam, scratch, step, lane, is_singular):  # type: ignore[no-untyped-def]
    """The step of one lane by elimination with row exchanges; its product with the gradient."""
    first = 2 * WIDTH
    d, x, a = first, first + p, first + 2 * p
    ridge = (1e-13 + 1e-3 * min(lam, 1e3)) * min(1.0, lam + 1e-3)
    for i in range(p):
        size = abs(system[(i * (i + 1) // 2 + i) * WIDTH + lane])
        scratch[d + i] = 1.0 / math.sqrt(size) if size > 0.0 else 1.0
        scratch[x + i] = g[i * WIDTH + lane] * scratch[d + i]
        for j in range(i + 1):
            value = system[(i * (i + 1) // 2 + j) * WIDTH + lane] * scratch[d + i] * scratch[d + j]
            scratch[a + i * p + j] = value
            scratch[a + j * p + i] = value
        scratch[a + i * p + i] += ridge + (NUDGE if is_singular else 0.0)
    for k in range(p):
        pivot = k
        for i in range(k + 1, p):
            if abs(scratch[a + i * p + k]) > abs(scratch[a + pivot * p + k]):
                pivot = i
        if pivot != k:
            for j in range(k, p):
                one, other = a + k * p + j, a + pivot * p + j
                scratch[one], scratch[other] = scratch[other], scratch[one]
            scratch[x + k], scratch[x + pivot] = scratch[x + pivot], scratch[x + k]
        if scratch[a + k * p + k] == 0.0:
            scratch[a + k * p + k] = NUDGE  # found so only here
        inverse = 1.0 / scratch[a + k * p + k]
        for i in range(k + 1, p):
            share = scratch[a + i * p + k] * inverse
            for j in range(k + 1, p):
                scratch[a + i * p + j] -= share * scratch[a + k * p + j]
            scratch[x + i] -= share * scratch[x + k]
        scratch[a + k * p + k] = inverse
    product = 0.0
    for back in range(p):
        k = p - 1 - back
        value = scratch[x + k]
        for j in range(k + 1, p):
            value -= scratch[a + k * p + j] * scratch[x + j]
        scratch[x + k] = value * scratch[a + k * p + k]
        product += scratch[x + k] * (g[k * WIDTH + lane] * scratch[d + k])
        step[k * WIDTH + lane] = scratch[x + k] * scratch[d + k]
    return product
