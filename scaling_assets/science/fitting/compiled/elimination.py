"""The linear system of one step, solved in a row's memory.

What belongs here: scaling, damping and elimination. What does not: how the system comes about (``rows``).
"""

import math

from numba import njit


@njit(error_model="numpy")
def eliminate(p, system, g, lam, d, a, step):  # type: ignore[no-untyped-def]
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
