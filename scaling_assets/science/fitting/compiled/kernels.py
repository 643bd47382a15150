"""The kernels of a family: its own formula and second derivatives, compiled for eight rows side by side.

What belongs here: from a family to the addresses of its kernels. What does not: who calls them (``sums``).
"""

import sys
from collections.abc import Callable
from functools import cache
from types import FunctionType
from typing import Any

from numba import cfunc, njit, types

from scaling_assets.errors import WrongFamily
from scaling_assets.science.fitting.compiled import functions, lanes
from scaling_assets.science.fitting.compiled.keep import digest, is_keepable, named
from scaling_assets.science.fitting.compiled.lanes import pointer, rows, rows_kept, store
from scaling_assets.science.laws import Family

_KIND = types.void(pointer, pointer, types.intp, pointer, pointer)
_compiled: list[Any] = []  # holds on to the code behind the addresses

formula: Callable  # these five are set anew in each family's copies of the two functions below
bend: Callable
P = AXES = PAIRS = 0


def _look(theta, z, points, dy, y):  # type: ignore[no-untyped-def]
    own = rows_kept(theta, P)
    for b in range(points):
        store(y, b, formula(own, rows(z, b * AXES, AXES), rows(dy, b * P, P)))  # noqa: F821


def _bend(theta, z, points, dy, d2):  # type: ignore[no-untyped-def]
    own = rows_kept(theta, P)
    for b in range(points):
        at = rows(z, b * AXES, AXES)
        bend(own, at, rows(dy, b * P, P), rows(d2, b * PAIRS, PAIRS))  # noqa: F821


@cache
def kernels(family: Family) -> tuple[int, int]:
    """Addresses of the compiled formula and second derivatives (0: the family gives none).

    Raises:
        WrongFamily: the formula does not compile although the family says that it does.
    """
    try:
        made = [cfunc(_KIND, cache=is_keepable(f))(f) for f in kernel_functions(family)]
    except Exception as error:  # numba raises dozens of kinds for code that it cannot compile
        problem = f"it does not compile, and is_compilable says that it does: {error}"
        raise WrongFamily(family=family.name, problems=problem) from error
    _compiled.extend(made)
    return made[0].address, made[1].address if len(made) > 1 else 0


@cache
def kernel_functions(family: Family) -> tuple[FunctionType, ...]:
    """What there is to compile for a family: the formula, and second derivatives where it gives them."""
    own, pairs = (lanes, functions, sys.modules[__name__]), len(family.second or ())
    sizes = {"P": len(family.parameters), "AXES": family.axes, "PAIRS": pairs}
    name = f"{family.name}_{digest(own, (family.formula,))}"
    look = named(_look, f"look_{name}", formula=njit(family.formula), **sizes)
    if not pairs:
        return (look,)
    name = f"{family.name}_{digest(own, (family.bend,))}"
    return look, named(_bend, f"bend_{name}", bend=njit(family.bend), **sizes)
