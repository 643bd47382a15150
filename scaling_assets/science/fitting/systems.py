"""Small symmetric linear systems, one a row, solved side by side.

What belongs here: elimination with the row axis last, so that each operation serves all rows. What does not: how the
systems come about (``newton``). LAPACK takes 130 ns for a 3 x 3 system, most of it the call; a dozen operations over a
thousand rows take 20 ns.
"""

import numpy as np

TINY = 1e-5  # a pivot that lost this much of its diagonal entry wants rows exchanged
LARGE = 8  # unknowns from which on LAPACK is as fast


def eliminate(system: np.ndarray, g: np.ndarray, *, is_delicate: bool = False) -> np.ndarray:
    """Solutions (p, R) of symmetric systems (p, p, R); the system is overwritten. Not finite where there is none.

    Gaussian elimination without exchanges; systems that would need them go to LAPACK, scaled to a unit diagonal, and
    so do all that are ``is_delicate``: near corners of a loss they are close to singular.
    """
    p = len(g)
    if p == 1:
        found: np.ndarray = g / system[0]
        return found
    if p >= LARGE or is_delicate:
        return _exchanged(system, g)
    size = np.abs(system[np.arange(p), np.arange(p)])
    whole = system.copy()
    x = g.copy()
    fine = np.ones(g.shape[1], dtype=bool)
    for k in range(p):
        pivot = system[k, k]
        fine &= np.abs(pivot) > TINY * size[k]
        for i in range(k + 1, p):
            share = system[k, i] / pivot
            for j in range(i, p):
                system[i, j] -= share * system[k, j]
            x[i] -= share * x[k]
    for k in range(p - 1, -1, -1):
        for j in range(k + 1, p):
            x[k] -= system[k, j] * x[j]
        x[k] /= system[k, k]
    if not fine.all():
        x[:, ~fine] = _exchanged(whole[..., ~fine], g[:, ~fine])
    return x


def _exchanged(system: np.ndarray, g: np.ndarray) -> np.ndarray:
    """The same by LAPACK; a system that is exactly singular is moved a little."""
    p = len(g)
    size = np.abs(system[np.arange(p), np.arange(p)])
    d = 1.0 / np.sqrt(np.where(size > 0, size, 1.0))
    scaled = (system * d[:, None] * d[None]).transpose(2, 0, 1)
    pull = (g * d).T
    good = np.asarray(np.isfinite(scaled).all(axis=(1, 2)) & np.isfinite(pull).all(axis=1))
    scaled = np.where(good[:, None, None], scaled, np.eye(p))
    pull = np.where(good[:, None], pull, np.nan)
    try:
        found = np.linalg.solve(scaled, pull[..., None])[..., 0]
    except np.linalg.LinAlgError:
        found = np.linalg.solve(scaled + 1e-8 * np.eye(p), pull[..., None])[..., 0]
    return found.T * d
