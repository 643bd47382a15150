"""The call of the compiled backend: arrays in, as ``solve`` has them, arrays out.

What belongs here: compiling the driver, its arguments, sharing rows out to threads, what is ready. What does not: the
iteration (``rows``).
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from types import FunctionType
from typing import Any

import numpy as np
from numba import njit, types

from scaling_assets.science.fitting import curvature, newton, systems
from scaling_assets.science.fitting.compiled import (
    elimination,
    functions,
    lanes,
    losses,
    masks,
    room,
    rows,
    sums,
)
from scaling_assets.science.fitting.compiled.keep import digest, is_keepable, is_on_disk, named
from scaling_assets.science.fitting.compiled.kernels import kernel_functions, kernels
from scaling_assets.science.fitting.compiled.lanes import WIDTH
from scaling_assets.science.fitting.losses import Loss
from scaling_assets.science.fitting.scale import ResidualScale
from scaling_assets.science.laws import Family

_MADE_FROM = (curvature, newton, systems, elimination, functions, lanes, losses, masks, room, rows,
              sums)  # fmt: skip


def _given(kind: types.Type, axes: int) -> types.Type:
    return types.Array(kind, axes, "A", readonly=True)


_WHOLE, _REAL = types.intp, types.float64
_KIND = types.void(
    _given(_WHOLE, 1), _given(_WHOLE, 1), _given(types.boolean, 1), _given(_REAL, 1), _REAL,
    _given(_REAL, 3), _given(_REAL, 2), types.boolean, _given(_WHOLE, 1), _given(_REAL, 2), _given(_REAL, 2),
    _given(_REAL, 2), _given(_REAL, 2), _given(_REAL, 1), _REAL, _REAL, _given(_REAL, 3),
    _WHOLE, _WHOLE, _WHOLE, _WHOLE, _REAL[::1], _REAL[:, ::1], _REAL[:, ::1],
)  # fmt: skip

_ready: set[Family] = set()


@cache
def _driver_function() -> FunctionType:
    return named(rows.fit_rows, f"fit_rows_{digest(_MADE_FROM)}")


@cache
def driver() -> Callable:
    """The compiled ``rows.fit_rows``, one for all families."""
    function = _driver_function()
    return njit(_KIND, nogil=True, error_model="numpy", cache=is_keepable(function))(function)


def is_ready(family: Family) -> bool:
    """True when this process has compiled or loaded what the family needs."""
    return family in _ready


def is_kept(family: Family) -> bool:
    """True when all that the family needs is on disk from an earlier process."""
    return all(is_on_disk(function) for function in (*kernel_functions(family), _driver_function()))


def prepare(family: Family) -> None:
    """Compile what the family needs, or load it."""
    kernels(family)
    driver()
    _ready.add(family)


def minimise(
    family: Family, scale: ResidualScale, loss: Loss, points: Any, rows_: Any, *,
    first: int, again: float, max_iterations: int, threads: int = 1,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Fit all rows: theta (p, R); objective, gradient and steps (3, R). Arguments as those of ``solve.solve``.

    ``first`` steps, then those that still move are damped by ``again``. ``threads`` share the rows out.
    """
    prepare(family)
    p, count = rows_.start.shape
    pairs = [sorted(family.index(pair)) for pair in family.second or ()]
    places = np.array([high * (high + 1) // 2 + low for low, high in pairs], dtype=np.intp)
    numbers = np.array([*kernels(family), family.second is None, losses.LOSSES[loss.name],
                        losses.SCALES[scale.name]], dtype=np.intp)  # fmt: skip
    is_own = rows_.target is not None
    arrays = (
        _real(points.z), _real(rows_.target if is_own else points.target), is_own,
        np.asarray(rows_.problem, dtype=np.intp), _real(rows_.weight), _real(rows_.start), _real(rows_.lower),
        _real(rows_.upper), _real(rows_.delta), float(rows_.damping), again,
        np.empty((2, 0, 0)) if rows_.prior is None else _real(rows_.prior),
        min(first, max_iterations), max_iterations - first,
    )  # fmt: skip
    theta, out = np.empty((p, count)), np.empty((3, count))

    def run(low: int, high: int) -> None:
        memory = _aligned(WIDTH * room.vectors_needed(p, family.axes, len(pairs), len(rows_.weight)))
        driver()(numbers, places, family.logged, family.upper, float(loss.share), *arrays, low, high, memory,
                 theta, out)  # fmt: skip

    if threads == 1:
        run(0, count)
    else:
        cuts = np.linspace(0, count, threads + 1).astype(int).tolist()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(run, cuts[:-1], cuts[1:]))
    return theta, out


def _aligned(count: int) -> np.ndarray:
    """Memory for so many numbers that begins with a line of the cache, so that no vector lies in two."""
    memory = np.empty(count + WIDTH)
    first = -memory.ctypes.data // memory.itemsize % WIDTH
    return memory[first : first + count]


def _real(a: np.ndarray) -> np.ndarray:
    """Numbers whose distances in memory are whole numbers of numbers."""
    a = np.asarray(a, dtype=float)
    return a.copy() if any(step % a.itemsize for step in a.strides) else a
