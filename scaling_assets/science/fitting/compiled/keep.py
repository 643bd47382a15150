"""Keeping compiled code on disk: under names that say what it was made from.

What belongs here: names, digests, whether something is there. What does not: what is compiled (``kernels``,
``driver``). numba keeps code next to the file of its outermost function, or where NUMBA_CACHE_DIR says, and looks
only at that file's date: it would go on using a formula that has since been corrected in another file. So the name
of each compiled function contains a digest of everything that it was made from.
"""

import hashlib
import inspect
from collections.abc import Callable, Sequence
from functools import cache
from types import CodeType, FunctionType, ModuleType
from typing import Any

from numba.core.caching import FunctionCache


@cache
def _source(module: ModuleType) -> bytes:
    return inspect.getsource(module).encode()


def digest(modules: Sequence[ModuleType], functions: Sequence[Callable] = ()) -> str:
    """Of the text of modules, and of what functions do with the constants that they name."""
    found = hashlib.sha256()
    for module in modules:
        found.update(_source(module))
    for function in functions:
        code = function.__code__
        known = [(name, function.__globals__.get(name)) for name in code.co_names]
        constants = [item for item in known if isinstance(item[1], int | float | tuple)]
        found.update(repr((_contents(code), constants)).encode())
    return found.hexdigest()[:16]


def _contents(code: CodeType) -> tuple:
    """What a function does, apart from where it is written."""
    constants = tuple(_contents(c) if isinstance(c, CodeType) else c for c in code.co_consts)
    return code.co_code, code.co_names, code.co_varnames, constants


def named(function: Callable, name: str, **known: Any) -> FunctionType:
    """A copy of a function under a name of its own, with these names known to it."""
    copy = FunctionType(function.__code__, {**function.__globals__, **known}, name)
    copy.__qualname__, copy.__module__ = name, function.__module__
    return copy


def is_keepable(function: Callable) -> bool:
    """False where numba finds no directory that it may write to: then every process compiles for itself."""
    try:
        FunctionCache(function)
    except RuntimeError:
        return False
    return True


def is_on_disk(function: Callable) -> bool:
    """True when an earlier process has compiled this."""
    return is_keepable(function) and bool(FunctionCache(function)._cache_file._load_index())
