"""Elementary functions of vectors: exp, log and what formulas build from them.

What belongs here: each function as its series. What does not: vectors themselves (``lanes``). Importing this teaches
numba ``np.exp`` and the others for vectors. All are within three units in the last place of numpy's, and agree with
numpy on infinities, zeros and NaN. The series are Taylor's, after Cody & Waite's reduction of the argument (1980,
Software Manual for the Elementary Functions): x = k ln 2 + r, and x = m 2^e with ln m = 2 artanh((m - 1) / (m + 1)).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils

from scaling_assets.science.fitting.compiled.lanes import FUSE, LONGS, VECTOR, WIDTH, declare, lanes, mask


class _Term:
    """A vector in the making: Python's operators emit its instructions, so that a series reads like one."""

    def __init__(self, builder: ir.IRBuilder, value: ir.Value) -> None:
        self.builder, self.value = builder, value

    def _of(self, other: "_Term | float") -> ir.Value:
        return other.value if isinstance(other, _Term) else ir.Constant(VECTOR, [float(other)] * WIDTH)

    def _emit(self, name: str, a: ir.Value, b: ir.Value) -> "_Term":
        return _Term(self.builder, getattr(self.builder, name)(a, b, flags=FUSE))

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
            self.builder.module, ir.FunctionType(VECTOR, [VECTOR]), f"llvm.{name}.v{WIDTH}f64"
        )
        return _Term(self.builder, self.builder.call(called, [self.value]))

    def bits(self) -> ir.Value:
        """The same bits as whole numbers."""
        return self.builder.bitcast(self.value, LONGS)

    def from_bits(self, bits: ir.Value) -> "_Term":
        """A vector with these bits."""
        return _Term(self.builder, self.builder.bitcast(bits, VECTOR))


_ROUND = 6755399441055744.0  # 1.5 * 2^52: added to a small whole number it leaves its bits at the end
_LN2_HIGH, _LN2_LOW, _LOG2_E = 6.93147180369123816490e-01, 1.90821492927058770002e-10, 1.4426950408889634
_HALF_ROOT = 0x3FE6A09E667F3BCD  # the bits of sqrt(1/2)


def _whole(value: int) -> ir.Constant:
    return ir.Constant(LONGS, [value] * WIDTH)


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
            known = ir.Function(builder.module, ir.FunctionType(VECTOR, [VECTOR] * arity), name)
            known.linkage = "internal"
            inner = ir.IRBuilder(known.append_basic_block())
            inner.ret(make(*(_Term(inner, a) for a in known.args)).value)
        return builder.call(known, args)

    declare(named, lanes, (lanes,) * arity, emit)


_FUNCTIONS: tuple[tuple[Any, int, Callable], ...] = (
    (np.exp, 1, _exp), (np.expm1, 1, _expm1), (np.log, 1, _log), (np.log1p, 1, _log1p), (np.tanh, 1, _tanh),
    (np.sqrt, 1, lambda x: x.call("sqrt")), (np.floor, 1, lambda x: x.call("floor")),
    (np.abs, 1, lambda x: x.call("fabs")), (abs, 1, lambda x: x.call("fabs")),
    (np.minimum, 2, _least), (np.maximum, 2, _most), (np.logaddexp, 2, _logaddexp),
)  # fmt: skip
for _each in _FUNCTIONS:
    _function(*_each)
declare(
    np.where, lanes, (mask, lanes, lanes), lambda builder, condition, a, b: builder.select(condition, a, b)
)
