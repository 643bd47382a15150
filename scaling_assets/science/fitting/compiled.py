"""The compiled backend: kernels of a family and the driver, made once, kept on disk, used by ``solve``.

What belongs here: compiling and keeping, and the call with arrays as the driver wants them. What does not: the
iteration (``rowwise``), vectors (``lanes``), whether compiling is worth it (``backend``). Imported only when it is
used: it needs numba, which the extra ``fast`` installs.

A family's formula is compiled as it stands, called by address from a driver that knows no family: so a new family
costs its own kernels (0.6 to 2 s) and not another driver (4 s). What is compiled is kept next to this file, or
where NUMBA_CACHE_DIR says, under a name that contains a digest of all it was made from: numba itself looks only at
the file of the outermost function, and would go on using a formula that has since been corrected.
"""

import hashlib
import inspect
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from types import CodeType, FunctionType
from typing import Any

import numpy as np
from numba import cfunc, njit, types
from numba.core.caching import FunctionCache

from scaling_assets.errors import WrongFamily
from scaling_assets.science.fitting import curvature, lanes, newton, rowwise
from scaling_assets.science.fitting.lanes import WIDTH, pointer, rows, store
from scaling_assets.science.fitting.losses import Loss
from scaling_assets.science.fitting.scale import ResidualScale
from scaling_assets.science.laws import Family

_KERNEL = types.void(pointer, pointer, types.intp, pointer, pointer)


def _given(kind: types.Type, axes: int) -> types.Type:
    return types.Array(kind, axes, "A", readonly=True)


_WHOLE, _REAL = types.intp, types.float64
_DRIVER = types.void(
    _given(_WHOLE, 1), _given(_WHOLE, 2), _given(types.boolean, 1), _given(_REAL, 1), _REAL,
    _given(_REAL, 3), _given(_REAL, 2), types.boolean, _given(_WHOLE, 1), _given(_REAL, 2), _given(_REAL, 2),
    _given(_REAL, 2), _given(_REAL, 2), _given(_REAL, 1), _REAL, _REAL, _given(_REAL, 3),
    _WHOLE, _WHOLE, _WHOLE, _WHOLE, _REAL[::1], _REAL[:, ::1], _REAL[:, ::1],
)  # fmt: skip


# ---- kernels: the formula at all points of a row, eight at a time ----

_formula: Callable
_bend: Callable
_P = _AXES = _PAIRS = 0  # all of these are set anew in the globals of each family's copies


def _look(theta, z, blocks, dy, y):  # type: ignore[no-untyped-def]
    for b in range(blocks):
        store(y, b, _formula(rows(theta, 0, _P), rows(z, b * _AXES, _AXES), rows(dy, b * _P, _P)))


def _curve(theta, z, blocks, dy, d2):  # type: ignore[no-untyped-def]
    for b in range(blocks):
        at = rows(z, b * _AXES, _AXES)
        _bend(rows(theta, 0, _P), at, rows(dy, b * _P, _P), rows(d2, b * _PAIRS, _PAIRS))


@cache
def _own_digest() -> bytes:
    text = "".join(inspect.getsource(module) for module in (curvature, lanes, newton, rowwise, inspect.getmodule(_look)))
    return hashlib.sha256(text.encode()).digest()


def _digest(*functions: Callable) -> str:
    """Of what compiled code comes from: this package's part, the functions, and the constants they name."""
    digest = hashlib.sha256(_own_digest())
    for function in functions:
        digest.update(repr(_contents(function.__code__)).encode())
        known = [(name, function.__globals__.get(name)) for name in function.__code__.co_names]
        digest.update(repr([item for item in known if isinstance(item[1], int | float | tuple)]).encode())
    return digest.hexdigest()[:16]


def _contents(code: CodeType) -> tuple:
    """What a function does, apart from where it is written."""
    constants = tuple(_contents(c) if isinstance(c, CodeType) else c for c in code.co_consts)
    return code.co_code, code.co_names, code.co_varnames, constants


def _named(function: Callable, name: str, **globals_: Any) -> FunctionType:
    """A copy of a function with other globals, under a name of its own: the name of its file in the cache."""
    copy = FunctionType(function.__code__, {**function.__globals__, **globals_}, name)
    copy.__qualname__, copy.__module__ = name, function.__module__
    return copy


def _is_keepable(function: Callable) -> bool:
    """False where numba finds no directory that it may write to: then every process compiles for itself."""
    try:
        FunctionCache(function)
    except RuntimeError:
        return False
    return True


@cache
def kernels(family: Family) -> tuple[int, int]:
    """Addresses of the compiled formula and second derivatives (0: there are none).

    Raises:
        WrongFamily: the formula does not compile although the family says that it does.
    """
    look, curve = _kernel_functions(family)
    try:
        made = [cfunc(_KERNEL, cache=_is_keepable(f))(f) for f in (look, curve) if f is not None]
    except Exception as error:  # numba raises dozens of kinds for code that it cannot compile
        raise WrongFamily(
            family=family.name, problems=f"it does not compile (is_compilable): {error}"
        ) from error
    _keep_alive.extend(made)
    return made[0].address, made[1].address if len(made) > 1 else 0


_keep_alive: list[Any] = []


@cache
def _kernel_functions(family: Family) -> tuple[FunctionType, FunctionType | None]:
    p, pairs = len(family.parameters), len(family.second or ())
    sizes = {"_P": p, "_AXES": family.axes, "_PAIRS": pairs}
    formula = njit(family.formula)
    look = _named(_look, f"look_{family.name}_{_digest(family.formula)}", _formula=formula, **sizes)
    if not pairs:
        return look, None
    name = f"bend_{family.name}_{_digest(family.formula, family.bend)}"
    return look, _named(_curve, name, _bend=njit(family.bend), **sizes)


@cache
def _driver_function() -> FunctionType:
    return _named(rowwise.fit_rows, f"fit_rows_{_digest()}")


@cache
def _driver() -> Callable:
    function = _driver_function()
    return njit(_DRIVER, nogil=True, error_model="numpy", cache=_is_keepable(function))(function)


_ready: set[Family] = set()


def is_ready(family: Family) -> bool:
    """True when this process has compiled or loaded what the family needs."""
    return family in _ready


def is_kept(family: Family) -> bool:
    """True when all that the family needs is on disk from an earlier process."""
    functions = [f for f in (*_kernel_functions(family), _driver_function()) if f is not None]
    return all(_is_keepable(f) and FunctionCache(f)._cache_file._load_index() for f in functions)


def minimise(
    family: Family, scale: ResidualScale, loss: Loss, points: Any, rows: Any, *,
    first: int, again: float, max_iterations: int, threads: int = 1,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Fit all rows: theta (p, R); objective, gradient and iterations (3, R). Arguments as ``solve.solve``.

    ``first`` steps, then those that still move are damped by ``again``. ``threads`` share the rows out.
    """
    look, bend = kernels(family)
    _ready.add(family)
    p, count = rows.start.shape
    pairs = np.array([family.index(pair) for pair in family.second or ()], dtype=np.intp).reshape(-1, 2)
    blocks = max(1, -(-len(rows.weight) // WIDTH))
    numbers = (
        look,
        bend,
        family.second is None,
        rowwise.LOSSES[loss.name],
        rowwise.SCALES[scale.name],
        blocks,
    )
    theta, out = np.empty((p, count)), np.empty((3, count))
    prior = np.empty((2, 0, 0)) if rows.prior is None else rows.prior
    target = points.target if rows.target is None else rows.target

    def run(low: int, high: int) -> None:
        room = np.empty(WIDTH * rowwise.vectors_needed(p, family.axes, len(pairs), blocks))
        _driver()(
            np.array(numbers, dtype=np.intp), pairs, family.logged, family.upper, float(loss.share),
            _real(points.z), _real(target), rows.target is not None, np.asarray(rows.problem, dtype=np.intp),
            _real(rows.weight), _real(rows.start), _real(rows.lower), _real(rows.upper), _real(rows.delta),
            float(rows.damping), again, _real(prior), min(first, max_iterations), max_iterations - first,
            low, high, room, theta, out,
        )  # fmt: skip

    cuts = np.linspace(0, count, threads + 1).astype(int).tolist()
    if threads == 1:
        run(0, count)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(run, cuts[:-1], cuts[1:]))
    return theta, out


def _real(a: np.ndarray) -> np.ndarray:
    return np.asarray(a, dtype=float)
