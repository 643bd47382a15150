"""An amount that people decide on or know roughly: a number, or the range in which it lies.

What belongs here: reading the text. What does not: what documents print (``printed``, where digits are rounded),
computing (``science.ranges``). A price, a target or a planned quantity is exact unless a range is written:

====================  ==========================================================================
``35``, ``1,400``     exactly that
``43 %``              the share 0.43, exactly
``800M``              with K, M, G (or B) as a factor
``50 to 150``         anything in between, both ends included; the middle stands where one number must
``30+``               30 or more
``~800``              about: half a unit of the last digit that is not a zero, 750 to 850
``not stated``        nobody has said; never taken as 0
====================  ==========================================================================
"""

import math
import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from scaling_assets.records.printed import NOT_STATED, read_printed

_BETWEEN = re.compile(
    r"(?P<low>[^~=+%]*?)\s*(?P<one>%|[KkMGB])?\s+to\s+(?P<high>[^~=+%]*?)\s*(?P<two>%|[KkMGB])?"
)


@dataclass(frozen=True)
class Amount:
    """``value`` as it reads, anything from ``low`` to ``high`` (infinite where there is no end).

    ``is_share`` is true for amounts written in per cent: people are shown others beside it so, too.
    """

    text: str
    value: float
    low: float
    high: float
    is_share: bool = False

    @property
    def is_exact(self) -> bool:
        """True when it is one number."""
        return self.low == self.high


def read_amount(text: str) -> Amount | None:
    """Read an amount; None for ``not stated``.

    Raises:
        ValueError: the text has none of the forms above, or a range ends below its beginning.
    """
    bare = " ".join(text.split())
    if bare == NOT_STATED:
        return None
    between = _BETWEEN.fullmatch(bare)
    if between:
        one, two = between["one"] or between["two"] or "", between["two"] or between["one"] or ""
        low, high = _one(between["low"] + one), _one(between["high"] + two)
        if high.value < low.value:
            raise ValueError(f"{bare!r} ends below its beginning")
        middle = low.value + (high.value - low.value) / 2
        return Amount(bare, middle, low.value, high.value, low.is_share)
    if bare.startswith(("~", "≈")):
        found = read_printed(bare)
        assert found is not None
        return Amount(bare, found.value, found.low, found.high, found.factor == "%")
    return _one(bare)


def exact_amount(value: float) -> Amount:
    """One number as an amount."""
    return Amount(f"{value:g}", value, value, value)


def _one(text: str) -> Amount:
    if text.startswith(("~", "=")):
        raise ValueError(f"{text!r} is no amount (35, 43 %, 800M, 50 to 150, 30+, ~800, {NOT_STATED})")
    try:
        found = read_printed(f"={text}")
    except ValueError:
        raise ValueError(
            f"{text!r} is no amount (35, 43 %, 800M, 50 to 150, 30+, ~800, {NOT_STATED})"
        ) from None
    assert found is not None
    high = math.inf if text.endswith("+") else found.value
    return Amount(text, found.value, found.value, high, found.factor == "%")


def _as_text(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return repr(value)
    return value


def _checked(text: str) -> str:
    read_amount(text)
    return text


def _checked_stated(text: str) -> str:
    if read_amount(text) is None:
        raise ValueError(f"an amount is needed here, {text!r} is none")
    return text


_SCHEMA = WithJsonSchema(
    {
        "anyOf": [{"type": "number"}, {"type": "string"}],
        "description": "An amount: 35, 43 %, 800M, 50 to 150, 30+, ~800.",
    }
)
#: An amount that must be stated.
StatedAmount = Annotated[str, BeforeValidator(_as_text), AfterValidator(_checked_stated), _SCHEMA]
#: An amount that may be ``not stated``.
AmountText = Annotated[str, BeforeValidator(_as_text), AfterValidator(_checked), _SCHEMA]


def stated(text: str) -> Amount:
    """Read a ``StatedAmount``."""
    found = read_amount(text)
    assert found is not None, "validated when it was declared"
    return found
