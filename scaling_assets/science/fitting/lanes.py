"""Eight points at once in compiled code: a numba type for a vector of eight numbers, and what formulas do with it.

What belongs here: arithmetic, comparisons and elementary functions of vectors, loads, stores and sums. What does
not: curves, losses, steps. Imported only when the compiled backend is used: it needs numba.

A formula that is written in array expressions compiles for vectors as it stands: ``theta[j]``, ``z[a]`` and
``dy[j]`` are then vectors in memory (:class:`Rows`), numbers are spread over a vector where they meet one. The
compiler is not left to find loops that it may vectorise: with formulas that are called for one point at a time it
found none (18 ns a point for the Chinchilla law instead of 3). Elementary functions are within 1 unit in the
last place or two of those of numpy; they agree on infinities, zeros and NaN.
"""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
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
_VECTOR, _LONGS = ir.VectorType(_DOUBLE, WIDTH), ir.VectorType(_LONG, WIDTH)
_FUSE = ("contract",)  # a product and a sum may be rounded once: the only freedom the compiler is given


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
        super().__init__(manager, kind, _VECTOR)


@register_model(_Mask)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: types.Type) -> None:
        super().__init__(manager, kind, ir.VectorType(ir.IntType(1), WIDTH))


@register_model(Rows)
class _RowsModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: types.Type) -> None:
        super().__init__(manager, kind, _DOUBLE.as_pointer())


def _spread(builder: ir.IRBuilder, value: ir.Value) -> ir.Value:
    one = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
    return builder.shuffle_vector(one, ir.Constant(_VECTOR, ir.Undefined), zeros)


@lower_cast(types.Float, _Lanes)
@lower_cast(types.Integer, _Lanes)
def _from_number(context: Any, builder: ir.IRBuilder, source: Any, target: Any, value: ir.Value) -> ir.Value:
    return _spread(builder, context.cast(builder, value, source, types.float64))


# ---- arithmetic and comparisons ----


def _declare(
    function: Callable, result: types.Type, arguments: tuple[types.Type, ...], emit: Callable
) -> None:
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
    _declare(_operator, lanes, (lanes, lanes),
             lambda builder, a, b, _name=_name: getattr(builder, _name)(a, b, flags=_FUSE))  # fmt: skip
for _operator, _sign in (
    (operator.lt, "<"), (operator.le, "<="), (operator.gt, ">"), (operator.ge, ">="), (operator.eq, "=="),
):  # fmt: skip
    _declare(_operator, mask, (lanes, lanes),
             lambda builder, a, b, _sign=_sign: builder.fcmp_ordered(_sign, a, b))  # fmt: skip
for _operator in (operator.iadd, operator.isub, operator.imul, operator.itruediv):
    _name = {"iadd": "fadd", "isub": "fsub", "imul": "fmul", "itruediv": "fdiv"}[_operator.__name__]
    _declare(_operator, lanes, (lanes, lanes),
             lambda builder, a, b, _name=_name: getattr(builder, _name)(a, b, flags=_FUSE))  # fmt: skip
_declare(operator.neg, lanes, (lanes,), lambda builder, a: builder.fneg(a))
_declare(operator.and_, mask, (mask, mask), lambda builder, a, b: builder.and_(a, b))
_declare(operator.or_, mask, (mask, mask), lambda builder, a, b: builder.or_(a, b))


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
    return builder.bitcast(at, _VECTOR.as_pointer())


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
    """Where the numbers of a contiguous array begin."""

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
def total(context, vector):  # type: ignore[no-untyped-def]
    """The sum of a vector."""

    def emit(context: Any, builder: ir.IRBuilder, sig: Any, args: tuple) -> ir.Value:
        value, width = args[0], WIDTH
        while width > 1:
            width //= 2
            index = ir.VectorType(ir.IntType(32), width)
            low = builder.shuffle_vector(value, value, ir.Constant(index, list(range(width))))
            high = builder.shuffle_vector(value, value, ir.Constant(index, list(range(width, 2 * width))))
            value = builder.fadd(low, high)
        return builder.extract_element(value, ir.Constant(ir.IntType(32), 0))

    return types.float64(lanes), emit


@intrinsic
def call(context, address, theta, z, blocks, dy, out):  # type: ignore[no-untyped-def]
    """Call the compiled kernel of a family at an address; see ``compiled.kernels``."""
    kinds = (pointer, pointer, types.intp, pointer, pointer)

    def emit(context: Any, builder: ir.IRBuilder, sig: Any, args: tuple) -> ir.Value:
        kind = ir.FunctionType(ir.VoidType(), [context.get_value_type(k) for k in kinds])
        builder.call(builder.inttoptr(args[0], kind.as_pointer()), args[1:])
        return context.get_dummy_value()

    return types.none(types.intp, *kinds), emit


# ---- elementary functions ----


class _Term:
    """A vector in the making: Python's operators emit its instructions, so that a series reads like one."""

    def __init__(self, builder: ir.IRBuilder, value: ir.Value) -> None:
        self.builder, self.value = builder, value

    def _of(self, other: "_Term | float") -> ir.Value:
        return other.value if isinstance(other, _Term) else ir.Constant(_VECTOR, [float(other)] * WIDTH)

    def _emit(self, name: str, a: ir.Value, b: ir.Value) -> "_Term":
        return _Term(self.builder, getattr(self.builder, name)(a, b, flags=_FUSE))

    def __add__(self, other: "_Term | float") -> "_Term":
        return self._emit("fadd", self.value, self._of(other))

    def __sub__(self, other: "_Term | float") -> "_Term":
        return self._emit("fsub", self.value, self._of(other))

    def __rsub__(self, other: float) -> "_Term":
        return self._emit("fsub", self._of(other), self.value)

    def __mul__(self, other: "_Term | float") -> "_Term":
        return self._emit("fmul", self.value, self._of(other))

    def __truediv__(self, other: "_Term") -> "_Term":
        return self._emit("fdiv", self.value, other.value)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> "_Term":
        return _Term(self.builder, self.builder.fneg(self.value))

    def compare(self, sign: str, other: "_Term | float") -> ir.Value:
        """True where the comparison holds; never for NaN."""
        return self.builder.fcmp_ordered(sign, self.value, self._of(other))

    def where(self, condition: ir.Value, other: "_Term | float") -> "_Term":
        """This where the condition holds, the other elsewhere."""
        return _Term(self.builder, self.builder.select(condition, self.value, self._of(other)))

    def call(self, name: str) -> "_Term":
        """An elementary operation of the processor."""
        called = cgutils.get_or_insert_function(
            self.builder.module, ir.FunctionType(_VECTOR, [_VECTOR]), f"llvm.{name}.v{WIDTH}f64"
        )
        return _Term(self.builder, self.builder.call(called, [self.value]))

    def bits(self) -> ir.Value:
        """The same bits as whole numbers."""
        return self.builder.bitcast(self.value, _LONGS)

    def from_bits(self, bits: ir.Value) -> "_Term":
        """A vector with these bits."""
        return _Term(self.builder, self.builder.bitcast(bits, _VECTOR))


_ROUND = 6755399441055744.0  # 1.5 * 2^52: added to a small whole number it leaves its bits at the end
_LN2_HIGH, _LN2_LOW, _LOG2_E = 6.93147180369123816490e-01, 1.90821492927058770002e-10, 1.4426950408889634
_HALF_ROOT = 0x3FE6A09E667F3BCD  # the bits of sqrt(1/2)


def _whole(value: int) -> ir.Constant:
    return ir.Constant(_LONGS, [value] * WIDTH)


def _two_to(k: _Term) -> _Term:
    """2^k for whole k from -1022 to 1023."""
    return k.from_bits(k.builder.shl((k + (_ROUND + 1023.0)).bits(), _whole(52)))


def _parts(x: _Term) -> tuple[_Term, _Term]:
    """e and m of x = m 2^e with m from sqrt(1/2) to sqrt(2), for normal x > 0."""
    builder, bits = x.builder, x.bits()
    e = builder.ashr(builder.sub(bits, _whole(_HALF_ROOT)), _whole(52))
    m = x.from_bits(builder.sub(bits, builder.shl(e, _whole(52))))
    return x.from_bits(builder.add(e, _whole(0x4338000000000000))) - _ROUND, m


def _least(a: _Term, b: _Term | float) -> _Term:
    """The smaller; NaN where one is NaN."""
    b = _Term(a.builder, a._of(b))
    return b.where(a.compare(">", b), a).where(b.compare("==", b), b)


def _most(a: _Term, b: _Term | float) -> _Term:
    """The larger; NaN where one is NaN."""
    b = _Term(a.builder, a._of(b))
    return b.where(a.compare("<", b), a).where(b.compare("==", b), b)


def _rest(x: _Term) -> tuple[_Term, _Term]:
    """k and e^r - 1 with x = k ln 2 + r, |r| <= ln(2) / 2, by the series."""
    k = (x * _LOG2_E + 0.5).call("floor")
    r = x - k * _LN2_HIGH
    r = r - k * _LN2_LOW
    r2 = r * r
    r4 = r2 * r2
    low = (0.5 + r * (1.0 / 6.0)) + r2 * (1.0 / 24.0 + r * (1.0 / 120.0))
    mid = (1.0 / 720.0 + r * (1.0 / 5040.0)) + r2 * (1.0 / 40320.0 + r * (1.0 / 362880.0))
    high = (1.0 / 3628800.0 + r * (1.0 / 39916800.0)) + r2 * (1.0 / 479001600.0 + r * (1.0 / 6227020800.0))
    return k, r + r2 * (low + r4 * (mid + r4 * high))


def _exp(x: _Term) -> _Term:
    k, gain = _rest(_least(_most(x, -746.0), 710.0))
    half = (0.5 * k).call("floor")
    return ((1.0 + gain) * _two_to(half)) * _two_to(k - half)


def _expm1(x: _Term) -> _Term:
    k, gain = _rest(_least(_most(x, -50.0), 50.0))
    scale = _two_to(k)
    return _exp(x).where(x.compare(">", 50.0), gain * scale + (scale - 1.0))


def _log(x: _Term) -> _Term:
    tiny = x.compare("<", 2.2250738585072014e-308)
    e, m = _parts((x * 18014398509481984.0).where(tiny, x))
    e = (e - 54.0).where(tiny, e)
    s = (m - 1.0) / (m + 1.0)
    s2 = s * s
    s4 = s2 * s2
    s8 = s4 * s4
    low = (2.0 / 3.0 + s2 * (2.0 / 5.0)) + s4 * (2.0 / 7.0 + s2 * (2.0 / 9.0))
    high = (2.0 / 11.0 + s2 * (2.0 / 13.0)) + s4 * (2.0 / 15.0 + s2 * (2.0 / 17.0))
    series = low + s8 * (high + s8 * (2.0 / 19.0 + s2 * (2.0 / 21.0)))
    value = e * _LN2_HIGH + (2.0 * s + (s * s2 * series + e * _LN2_LOW))
    value = value.where(x.compare("<", np.inf), x)  # infinity and NaN
    nowhere = _Term(x.builder, x._of(-np.inf)).where(x.compare("==", 0.0), np.nan)
    return nowhere.where(x.compare("<=", 0.0), value)


def _log1p(x: _Term) -> _Term:
    u = 1.0 + x
    value = _log(u) - ((u - 1.0) - x) / u
    return _log(u).where(x.builder.or_(u.compare("==", 0.0), u.compare("==", np.inf)), value)


def _tanh(x: _Term) -> _Term:
    gone = _expm1(-2.0 * x.call("fabs"))
    value = -gone / (2.0 + gone)
    return (-value).where(x.compare("<", 0.0), value)


def _logaddexp(a: _Term, b: _Term) -> _Term:
    value = _most(a, b) + _log1p(_exp(-(a - b).call("fabs")))
    return (a + 0.6931471805599453).where(a.compare("==", b), value)


def _function(named: Callable, arity: int, make: Callable) -> None:
    """Teach numba a function of vectors. Each is one function of the module, inlined where that is short."""
    name = f"lanes.{named.__name__}"

    def emit(builder: ir.IRBuilder, *args: ir.Value) -> ir.Value:
        known = builder.module.globals.get(name)
        if known is None:
            known = ir.Function(builder.module, ir.FunctionType(_VECTOR, [_VECTOR] * arity), name)
            known.linkage = "internal"
            inner = ir.IRBuilder(known.append_basic_block())
            inner.ret(make(*(_Term(inner, a) for a in known.args)).value)
        return builder.call(known, args)

    _declare(named, lanes, (lanes,) * arity, emit)


for _named, _make in (
    (np.exp, _exp), (np.expm1, _expm1), (np.log, _log), (np.log1p, _log1p), (np.tanh, _tanh),
    (np.sqrt, lambda x: x.call("sqrt")), (np.abs, lambda x: x.call("fabs")), (abs, lambda x: x.call("fabs")),
    (np.floor, lambda x: x.call("floor")),
):  # fmt: skip
    _function(_named, 1, _make)
for _named, _make in ((np.minimum, _least), (np.maximum, _most), (np.logaddexp, _logaddexp)):
    _function(_named, 2, _make)
_declare(
    np.where, lanes, (mask, lanes, lanes), lambda builder, condition, a, b: builder.select(condition, a, b)
)
