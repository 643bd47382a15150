"""The compiled backend of the solver, for those who install the extra ``fast`` (numba).

What belongs here: the algorithm of ``newton`` in compiled code (``rows``, ``sums``, ``elimination``), on vectors that
hold eight rows side by side (``lanes``, ``masks``, ``functions``, ``losses``, ``room``), with kernels made of the
families' own formulas (``kernels``), kept on disk (``keep``). What does not: whether to use it (``backend``, which
needs no numba). Imported only when it is used.

A family's formula is compiled as it stands and called by its address from a driver that knows no family: a new
family costs its own kernels (0.1 to 1 s) and not another driver (8 s).
"""

from scaling_assets.science.fitting.compiled.driver import is_kept, is_ready, minimise, prepare

__all__ = ["is_kept", "is_ready", "minimise", "prepare"]
