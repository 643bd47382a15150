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


@cache
def is_installed() -> bool:
    """True when numba can be imported; it is not."""
    return find_spec("numba") is not None


def numpy_seconds(rows: int, points: int, parameters: int) -> float:
    """About what numpy will take."""
    return rows * points * STEPS * (NUMPY_S + NUMPY_S_PER_PARAMETER * parameters)


def is_compiled_worth_it(family: Family, rows: int, points: int) -> bool:
    """True when the compiled backend is ready, or the work repays getting it ready."""
    if not family.is_compilable or not is_installed():
        return False
    expected = numpy_seconds(rows, points, len(family.parameters))
    has_started = "scaling_assets.science.fitting.compiled" in modules
    if not has_started and expected < WORTH * LOADING_S:
        return False
    from scaling_assets.science.fitting import compiled

    if compiled.is_ready(family):
        return True
    return expected >= WORTH * (LOADING_S if compiled.is_kept(family) else COMPILING_S)
