"""From vectors of eight numbers to single lanes and back.

What belongs here: one lane of a vector, truth values of lanes as the bits of a number. What does not: arithmetic and
comparisons (``lanes``).
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from scaling_assets.science.fitting.compiled.lanes import WIDTH, lanes, mask

ALL = 2**WIDTH - 1  # the bits of every lane
_LONG = ir.IntType(64)


@intrinsic
def pick(context, vector, lane):  # type: ignore[no-untyped-def]
    """The number in a lane."""

    def emit(context: Any, builder: ir.IRBuilder, sig: Any, args: tuple) -> ir.Value:
        return builder.extract_element(args[0], args[1])

    return types.float64(lanes, types.intp), emit


@intrinsic
def bits(context, condition):  # type: ignore[no-untyped-def]
    """A whole number with bit ``l`` set where lane ``l`` is true."""

    def emit(context: Any, builder: ir.IRBuilder, sig: Any, args: tuple) -> ir.Value:
        return builder.zext(builder.bitcast(args[0], ir.IntType(WIDTH)), _LONG)

    return types.intp(mask), emit


@intrinsic
def mask_of(context, number):  # type: ignore[no-untyped-def]
    """The lanes whose bits are set; see :func:`bits`."""

    def emit(context: Any, builder: ir.IRBuilder, sig: Any, args: tuple) -> ir.Value:
        return builder.bitcast(builder.trunc(args[0], ir.IntType(WIDTH)), ir.VectorType(ir.IntType(1), WIDTH))

    return mask(types.intp), emit
