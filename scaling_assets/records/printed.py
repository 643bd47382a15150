"""A number as a document prints it: what it can stand for.

What belongs here: reading the text, the interval of values that would be printed so. What does not: computing
with such intervals (``science.claims``).

A number rounded to its last digit stands for half a unit of that digit to either side, both ends included:
2.35 means 2.345 to 2.355. Forms, all as text:

====================  ===================================================================================
``2.35``, ``1,400``   half a unit of the last digit to either side; ``_`` and ``,`` group thousands
``43 %``              the same, as a share: 0.425 to 0.435
``157K``              with K, M, G (or B) as a factor: 156,500 to 157,500
``~100``              about: half a unit of the last digit that is not a zero, 50 to 150
``28 to 30``          from the lower end of the one to the upper end of the other; also ``28-30``
``30+``               at least: from the lower end on, without an upper one
``=40``               exactly: a count, a definition, a decision
``not stated``        the document does not say
====================  ===================================================================================
"""

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

NOT_STATED = "not stated"
LONGEST = 60
LARGEST = 300  # powers of ten beyond which a number is a slip of the pen
_NUMBER = r"[+-]?(?:\d{1,3}(?:[,_]\d{3})+|\d+)?(?:\.\d*)?(?:[eE][+-]?\d{1,3})?"
_FACTOR = r"%|[KkMGB]"
_FORM = re.compile(
    rf"(?P<about>[~≈])?(?P<exact>=)?\s*(?P<number>{_NUMBER})\s*(?P<factor>{_FACTOR})?(?P<more>\+)?", re.ASCII
)
_RANGE = re.compile(
    rf"(?P<about>[~≈])?(?P<low>{_NUMBER})\s*(?P<one>{_FACTOR})?\s*(?:to|[-–])\s*"
    rf"(?P<high>{_NUMBER})\s*(?P<factor>{_FACTOR})?",
    re.ASCII,
)
_POWER = {None: 0, "": 0, "%": -2, "K": 3, "k": 3, "M": 6, "G": 9, "B": 9}


@dataclass(frozen=True)
class Printed:
    """What a text stands for: ``value`` as it reads, any number from ``low`` to ``high``.

    ``factor`` is the text's own unit ("%", "K" ...), in which people are shown other values beside it.
    """

    text: str
    value: float
    low: float
    high: float
    factor: str = ""

    def shown(self, value: float) -> float:
        """Another value in this text's own unit: 0.5 beside "43 %" is 50."""
        return value * 10.0 ** -_POWER[self.factor]


@lru_cache(maxsize=65_536)
def read_printed(text: str) -> Printed | None:
    """Read a printed number; None for ``not stated``.

    Raises:
        ValueError: the text has none of the forms above, or is absurdly long or large.
    """
    bare = " ".join(text.split())
    if bare == NOT_STATED:
        return None
    if len(bare) > LONGEST:
        raise ValueError(f"a number of more than {LONGEST} characters")
    single, between = _FORM.fullmatch(bare), _RANGE.fullmatch(bare)
    if single and re.search(r"\d", single["number"]):
        return _single(bare, single)
    if between and re.search(r"\d", between["low"]) and re.search(r"\d", between["high"]):
        return _between(bare, between)
    raise ValueError(
        f"{bare!r} is no printed number (2.35, 43 %, 157K, ~100, 28 to 30, 30+, =40, {NOT_STATED})"
    )


def _single(text: str, form: "re.Match[str]") -> Printed:
    value, half = _digits(form["number"], form["factor"], bool(form["about"]))
    if form["exact"]:
        half = Decimal(0)
    high = math.inf if form["more"] else _up(value + half)
    return Printed(text, float(value), _down(value - half), high, form["factor"] or "")


def _between(text: str, form: "re.Match[str]") -> Printed:
    low, below = _digits(form["low"], form["one"] or form["factor"], bool(form["about"]))
    high, above = _digits(form["high"], form["factor"] or form["one"], bool(form["about"]))
    if high < low:
        raise ValueError(f"{text!r} ends below its beginning")
    factor = form["factor"] or form["one"] or ""
    return Printed(text, float((low + high) / 2), _down(low - below), _up(high + above), factor)


def _digits(number: str, factor: str | None, is_about: bool) -> tuple[Decimal, Decimal]:
    """The number and half a unit of its last digit."""
    value = Decimal(number.replace(",", "").replace("_", "")).scaleb(_POWER[factor])
    _, digits, place = value.as_tuple()
    assert isinstance(place, int)
    if is_about:
        zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
        place += min(zeros, len(digits) - 1)
    if abs(value) > Decimal(10) ** LARGEST or (value and value.adjusted() < -LARGEST):
        raise ValueError(f"{number!r} is beyond 10^{LARGEST}")
    return value, Decimal(5).scaleb(place - 1)


def _down(exact: Decimal) -> float:
    near = float(exact)
    return near if Decimal(near) <= exact else math.nextafter(near, -math.inf)


def _up(exact: Decimal) -> float:
    near = float(exact)
    return near if Decimal(near) >= exact else math.nextafter(near, math.inf)


def _as_text(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return repr(value)
    return value


def _checked(text: str) -> str:
    read_printed(text)
    return text


#: A printed number in a declaration: kept as it was written.
PrintedNumber = Annotated[
    str,
    BeforeValidator(_as_text),
    AfterValidator(_checked),
    WithJsonSchema(
        {
            "anyOf": [{"type": "number"}, {"type": "string"}],
            "description": "A number as printed: 2.35, 43 %, 157K, ~100, 28 to 30, 30+, =40, not stated.",
        }
    ),
]
