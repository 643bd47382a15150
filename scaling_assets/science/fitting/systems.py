"""Small symmetric linear systems, one a row, solved side by side.

What belongs here: elimination with the row axis last, so that each operation serves all rows. What does not: how the
systems come about (``newton``). LAPACK takes 130 ns for a 3 x 3 system, most of it the call; a dozen operations over a
thousand rows take 20 ns.
"""

import numpy as np

TINY = 1e-5  # a pivot that lost this much of its diagonal entry wants rows exchanged
SINGULAR = 1e-14  # one that lost this much is rounding: along that direction the system says nothing
NUDGE = 1e-8  # of its diagonal, added to a singular system: where it says nothing, its solution stays near 0
LARGE = 8  # unknowns from which on LAPACK is as fast


def eliminate(system: np.ndarray, g: np.ndarray, *, is_delicate: bool = False) -> np.ndarray:
    """Solutions (p, R) of symmetric systems (p, p, R); the system is overwritten. Not finite where there is none.

    Gaussian elimination without exchanges; systems that would need them go to LAPACK, scaled to a unit diagonal, and
    so do all that are ``is_delicate``: near corners of a loss they are close to singular. Singular ones are moved a
    little first: otherwise rounding errors would decide how far to go where the objective is level.
    """
    p = len(g)
    if p == 1:
        found: np.ndarray = g / system[0]
        return found
    if p >= LARGE:
        return _exchanged(system, g, np.zeros(g.shape[1], dtype=bool))
    size = np.abs(system[np.arange(p), np.arange(p)])
    whole = system.copy()
    x = g.copy()
    lowest = np.full(g.shape[1], np.inf)
    for k in range(p):
        pivot = system[k, k]
        lowest = np.minimum(lowest, np.abs(pivot) / size[k])
        for i in range(k + 1, p):
            share = system[k, i] / pivot
            for j in range(i, p):
                system[i, j] -= share * system[k, j]
            x[i] -= share * x[k]
    unsure = ~(lowest > TINY) | is_delicate
    for k in range(p - 1, -1, -1):
        for j in range(k + 1, p):
            x[k] -= system[k, j] * x[j]
        x[k] /= system[k, k]
    if unsure.any():
        x[:, unsure] = _exchanged(whole[..., unsure], g[:, unsure], ~(lowest[unsure] > SINGULAR))
    return x


def _exchanged(system: np.ndarray, g: np.ndarray, is_singular: np.ndarray) -> np.ndarray:
    """The same by LAPACK; singular systems (R,), and those that LAPACK finds so, are moved a little."""
    p = len(g)
    size = np.abs(system[np.arange(p), np.arange(p)])
    d = 1.0 / np.sqrt(np.where(size > 0, size, 1.0))
    scaled = (system * d[:, None] * d[None]).transpose(2, 0, 1)
    pull = (g * d).T
    good = np.asarray(np.isfinite(scaled).all(axis=(1, 2)) & np.isfinite(pull).all(axis=1))
    scaled = np.where(good[:, None, None], scaled, np.eye(p))
    scaled[is_singular & good] += NUDGE * np.eye(p)
    pull = np.where(good[:, None], pull, np.nan)
    try:
        found = np.linalg.solve(scaled, pull[..., None])[..., 0]
    except np.linalg.LinAlgError:  # one system is enough: the others must not notice
        scaled[np.linalg.slogdet(scaled).sign == 0.0] += NUDGE * np.eye(p)
        found = np.linalg.solve(scaled, pull[..., None])[..., 0]
    return found.T * d
