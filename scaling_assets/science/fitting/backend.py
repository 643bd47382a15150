"""Which backend fits: numpy, which is always there, or the compiled one of the extra ``fast``.

What belongs here: the choice, and the measurements that it rests on. What does not: either backend (``newton``,
``compiled``). numba is looked for without being imported: importing it costs more than most fits.

Measured on one core of an EPYC (Zen 4), CPU time, medians: numpy takes 40 + 25 p ns for each point and step of a row
with p parameters, within a factor of 1.5 from 8 points (constant, linear, power above a floor, USL) to 152
(Chinchilla), and 5 steps from a start near the optimum. Compiled is 6 to 12 times faster (seven laws of one axis at 8
points, least squares of logarithms: 0.24 to 0.8 us a fit; Chinchilla at 240 points, Huber: 14 us). Getting ready
costs 0.6 s when all is on disk (numba 0.3 s, driver and kernels 0.3 s), else 9 s (driver 8.1 s, kernels of a family
0.1 to 1 s); in a process that is ready, nothing.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.util import find_spec
from sys import modules
from typing import Literal

from scaling_assets.science.laws import Family

Backend = Literal["auto", "numpy", "compiled"]

NUMPY_S, NUMPY_S_PER_PARAMETER = 40e-9, 25e-9  # per point and step
STEPS = 5
LOADING_S, COMPILING_S = 0.6, 9.0
WORTH = 1.25  # compiled takes at most a fifth of numpy's time: what is saved is most of it


_settled: ContextVar[bool | None] = ContextVar("settled", default=None)


@contextmanager
def settled(is_compiled: bool) -> Iterator[None]:
    """All fits within go to one backend, whatever their size and whatever this process has compiled before.

    The two agree but for rounding, so that laws which are fitted apart are the same to the last bit only this way.
    """
    token = _settled.set(is_compiled)
    try:
        yield
    finally:
        _settled.reset(token)


@cache
def is_installed() -> bool:
    """True when numba can be imported; it is not."""
    return find_spec("numba") is not None


def numpy_seconds(rows: int, points: int, parameters: int) -> float:
    """About what numpy will take."""
    return rows * points * STEPS * (NUMPY_S + NUMPY_S_PER_PARAMETER * parameters)


def is_compiled_worth_it(family: Family, rows: int, points: int) -> bool:
    """True when the compiled backend is ready, or the work repays getting it ready; what is settled goes first."""
    given = _settled.get()
    if given is not None:
        return given and family.is_compilable and is_installed()
    return is_job_for_compiled([family], numpy_seconds(rows, points, len(family.parameters)))


def is_job_for_compiled(families: Collection[Family], expected: float) -> bool:
    """True when fits of these families, ``expected`` to take so many seconds in numpy, are better compiled."""
    able = [family for family in families if family.is_compilable]
    if not able or not is_installed():
        return False
    has_started = "scaling_assets.science.fitting.compiled" in modules
    if not has_started and expected < WORTH * LOADING_S:
        return False
    from scaling_assets.science.fitting import compiled

    left = [family for family in able if not compiled.is_ready(family)]
    if not left:
        return True
    return expected >= WORTH * (LOADING_S if all(map(compiled.is_kept, left)) else COMPILING_S)
