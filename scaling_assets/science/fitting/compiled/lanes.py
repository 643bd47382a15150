"""Eight rows at once in compiled code: a numba type for a vector of eight numbers, and what formulas do with it.

What belongs here: arithmetic and comparisons of vectors, loads and stores. What does not: single lanes (``masks``),
elementary functions (``functions``), curves, losses, steps.

A formula that is written in array expressions compiles for vectors as it stands: ``theta[j]``, ``z[a]`` and
``dy[j]`` are then vectors in memory (:class:`Rows`), numbers are spread over a vector where they meet one. The
compiler is not left to find loops that it may vectorise: with formulas that are called for one point at a time it
found none (10 ns a point for the Chinchilla law instead of 2.2).
"""

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typeconv import Conversion
from numba.core.typing.templates import AbstractTemplate, ConcreteTemplate, infer_global, signature
from numba.extending import (
    intrinsic,
    lower_builtin,
    lower_cast,
    models,
    overload,
    register_model,
)

WIDTH = 8  # numbers in a vector: one AVX-512 register, two of AVX2

_DOUBLE, _LONG = ir.DoubleType(), ir.IntType(64)
VECTOR, LONGS = ir.VectorType(_DOUBLE, WIDTH), ir.VectorType(_LONG, WIDTH)
FUSE = ("contract",)  # a product and a sum may be rounded once: the only freedom the compiler is given


class _Lanes(types.Type):
    """Eight numbers."""

    def __init__(self) -> None:
        super().__init__(name="Lanes")

    def can_convert_from(self, context: Any, other: types.Type) -> Conversion | None:
        return Conversion.safe if isinstance(other, types.Float | types.Integer) else None


class _Mask(types.Type):
    """Eight truth values."""

    def __init__(self) -> None:
        super().__init__(name="LaneMask")


class Rows(types.Type):
    """``count`` vectors one after the other in memory, as ``theta``, ``z`` or ``dy`` of a formula."""

    def __init__(self, count: int) -> None:
        self.count = count
        super().__init__(name=f"LaneRows({count})")


lanes, mask, pointer = _Lanes(), _Mask(), types.CPointer(types.float64)


@register_model(_Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: types.Type) -> None:
        super().__init__(manager, kind, VECTOR)


@register_model(_Mask)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: types.Type) -> None:
        super().__init__(manager, kind, ir.VectorType(ir.IntType(1), WIDTH))


@register_model(Rows)
class _RowsModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: types.Type) -> None:
        super().__init__(manager, kind, _DOUBLE.as_pointer())


def _spread(builder: ir.IRBuilder, value: ir.Value) -> ir.Value:
    one = builder.insert_element(ir.Constant(VECTOR, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
    return builder.shuffle_vector(one, ir.Constant(VECTOR, ir.Undefined), zeros)


@lower_cast(types.Float, _Lanes)
@lower_cast(types.Integer, _Lanes)
def _from_number(context: Any, builder: ir.IRBuilder, source: Any, target: Any, value: ir.Value) -> ir.Value:
    return _spread(builder, context.cast(builder, value, source, types.float64))


# ---- arithmetic and comparisons ----


def declare(
    function: Callable, result: types.Type, arguments: tuple[types.Type, ...], emit: Callable
) -> None:
    """Teach numba a function of these types: ``emit`` writes its instructions with a builder."""

    class _Template(ConcreteTemplate):
        key = function
        cases = (signature(result, *arguments),)

    infer_global(function)(_Template)
    lower_builtin(function, *arguments)(
        lambda context, builder, sig, args: emit(builder, *args)  # the type of every argument is declared
    )


for _operator, _name in (
    (operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul"), (operator.truediv, "fdiv"),
):  # fmt: skip
    declare(_operator, lanes, (lanes, lanes),
             lambda builder, a, b, _name=_name: getattr(builder, _name)(a, b, flags=FUSE))  # fmt: skip
for _operator, _sign in (
    (operator.lt, "<"), (operator.le, "<="), (operator.gt, ">"), (operator.ge, ">="), (operator.eq, "=="),
):  # fmt: skip
    declare(_operator, mask, (lanes, lanes),
             lambda builder, a, b, _sign=_sign: builder.fcmp_ordered(_sign, a, b))  # fmt: skip
for _operator in (operator.iadd, operator.isub, operator.imul, operator.itruediv):
    _name = {"iadd": "fadd", "isub": "fsub", "imul": "fmul", "itruediv": "fdiv"}[_operator.__name__]
    declare(_operator, lanes, (lanes, lanes),
             lambda builder, a, b, _name=_name: getattr(builder, _name)(a, b, flags=FUSE))  # fmt: skip
declare(operator.neg, lanes, (lanes,), lambda builder, a: builder.fneg(a))
declare(operator.and_, mask, (mask, mask), lambda builder, a, b: builder.and_(a, b))
declare(operator.or_, mask, (mask, mask), lambda builder, a, b: builder.or_(a, b))
declare(operator.invert, mask, (mask,), lambda builder, a: builder.not_(a))


@overload(operator.pow)
def _power(base, exponent):  # type: ignore[no-untyped-def]
    if not (isinstance(base, _Lanes) and isinstance(exponent, types.Integer)):
        return None

    def power(base, exponent):  # type: ignore[no-untyped-def]
        out = spread(1.0)
        for _ in range(abs(exponent)):
            out = out * base
        return out if exponent >= 0 else 1.0 / out

    return power


# ---- memory ----


@infer_global(operator.getitem)
class _GetRow(AbstractTemplate):
    def generic(self, args: tuple, kws: dict) -> Any:
        if len(args) == 2 and isinstance(args[0], Rows) and isinstance(args[1], types.Integer):
            return signature(lanes, args[0], types.intp)
        return None


@infer_global(operator.setitem)
class _SetRow(AbstractTemplate):
    def generic(self, args: tuple, kws: dict) -> Any:
        if len(args) == 3 and isinstance(args[0], Rows) and isinstance(args[1], types.Integer):
            return signature(types.none, args[0], types.intp, lanes)
        return None


@infer_global(len)
class _CountRows(AbstractTemplate):
    def generic(self, args: tuple, kws: dict) -> Any:
        return signature(types.intp, args[0]) if len(args) == 1 and isinstance(args[0], Rows) else None


def _place(builder: ir.IRBuilder, start: ir.Value, index: ir.Value) -> ir.Value:
    at = builder.gep(start, [builder.mul(index, ir.Constant(index.type, WIDTH))])
    return builder.bitcast(at, VECTOR.as_pointer())


def _load(builder: ir.IRBuilder, start: ir.Value, index: ir.Value) -> ir.Value:
    return builder.load(_place(builder, start, index), align=8)


def _store(builder: ir.IRBuilder, start: ir.Value, index: ir.Value, value: ir.Value) -> None:
    builder.store(value, _place(builder, start, index), align=8)


@lower_builtin(operator.getitem, Rows, types.intp)
def _lower_get(context: Any, builder: ir.IRBuilder, sig: Any, args: tuple) -> ir.Value:
    return _load(builder, *args)


@lower_builtin(operator.setitem, Rows, types.intp, _Lanes)
def _lower_set(context: Any, builder: ir.IRBuilder, sig: Any, args: tuple) -> ir.Value:
    _store(builder, *args)
    return context.get_dummy_value()


@lower_builtin(len, Rows)
def _lower_count(context: Any, builder: ir.IRBuilder, sig: Any, args: tuple) -> ir.Value:
    return ir.Constant(_LONG, sig.args[0].count)


@intrinsic(prefer_literal=True)
def rows(context, start, offset, count):  # type: ignore[no-untyped-def]
    """``count`` (a constant) vectors from the ``offset``-th of those that begin at the pointer ``start``."""
    if not isinstance(count, types.IntegerLiteral):
        return None

    def emit(context: Any, builder: ir.IRBuilder, sig: Any, args: tuple) -> ir.Value:
        return builder.gep(args[0], [builder.mul(args[1], ir.Constant(_LONG, WIDTH))])

    return Rows(count.literal_value)(pointer, types.intp, count), emit


@intrinsic(prefer_literal=True)
def rows_kept(context, start, count):  # type: ignore[no-untyped-def]
    """A copy of the first ``count`` (a constant) vectors, which no store elsewhere can change.

    So the compiler computes what a formula does with theta alone, log(theta[1]) say, once for all points.
    """
    if not isinstance(count, types.IntegerLiteral):
        return None
    size = count.literal_value

    def emit(context: Any, builder: ir.IRBuilder, sig: Any, args: tuple) -> ir.Value:
        own = cgutils.alloca_once(builder, VECTOR, size=size)
        for i in range(size):
            value = _load(builder, args[0], ir.Constant(_LONG, i))
            builder.store(value, builder.gep(own, [ir.Constant(_LONG, i)]))
        return builder.bitcast(own, _DOUBLE.as_pointer())

    return Rows(size)(pointer, count), emit


@intrinsic
def load(context, start, index):  # type: ignore[no-untyped-def]
    """The ``index``-th vector of those that begin at the pointer ``start``."""
    return lanes(pointer, types.intp), lambda context, builder, sig, args: _load(builder, *args)


@intrinsic
def store(context, start, index, value):  # type: ignore[no-untyped-def]
    """Overwrite the ``index``-th vector of those that begin at the pointer ``start``."""

    def emit(context: Any, builder: ir.IRBuilder, sig: Any, args: tuple) -> ir.Value:
        _store(builder, *args)
        return context.get_dummy_value()

    return types.none(pointer, types.intp, lanes), emit


@intrinsic
def pointer_to(context, array):  # type: ignore[no-untyped-def]
    """Where the numbers of an array begin."""

    def emit(context: Any, builder: ir.IRBuilder, sig: Any, args: tuple) -> ir.Value:
        return context.make_array(sig.args[0])(context, builder, args[0]).data

    return pointer(array), emit


@intrinsic
def moved(context, start, index):  # type: ignore[no-untyped-def]
    """The pointer to the ``index``-th vector of those that begin at the pointer ``start``."""

    def emit(context: Any, builder: ir.IRBuilder, sig: Any, args: tuple) -> ir.Value:
        return builder.gep(args[0], [builder.mul(args[1], ir.Constant(_LONG, WIDTH))])

    return pointer(pointer, types.intp), emit


@intrinsic
def spread(context, value):  # type: ignore[no-untyped-def]
    """A vector of one number."""
    return lanes(types.float64), lambda context, builder, sig, args: _spread(builder, args[0])


@intrinsic
def call(context, address, theta, z, points, dy, out):  # type: ignore[no-untyped-def]
    """Call the compiled kernel of a family at an address; see ``compiled.kernels``."""
    kinds = (pointer, pointer, types.intp, pointer, pointer)

    def emit(context: Any, builder: ir.IRBuilder, sig: Any, args: tuple) -> ir.Value:
        kind = ir.FunctionType(ir.VoidType(), [context.get_value_type(k) for k in kinds])
        builder.call(builder.inttoptr(args[0], kind.as_pointer()), args[1:])
        return context.get_dummy_value()

    return types.none(types.intp, *kinds), emit
