"""One raw cell -> one typed value, or a finding that says what is wrong and what to write instead.

What belongs here: the five declared types. What does not: bounds and allowed values (``rows``).
Raw cells are text (CSV), JSON scalars (JSON Lines) or Python values (Parquet).
"""

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from scaling_assets.ingest.content import is_broken

MAX_TEXT = 1_000
INT64 = range(-(2**63), 2**63)


class Finding(NamedTuple):
    """Why a cell cannot be taken: reason and remedy."""

    reason: str
    remedy: str


_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_INTEGER = re.compile(r"[+-]?\d+")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}([,' \u00a0\u202f_]\d{3})+(\.\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?")
_WITH_UNIT = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*([^\d\s.,+\-][^\d]*)")
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity|1\.#inf|#div/0!)", re.IGNORECASE)
_ABSENT = frozenset({"", "NA", "N/A", "n/a", "null", "NULL", "None"})
_TRUE = frozenset({"true", "t", "yes", "y", "1", "on"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "off"})
NOT_FINITE = Finding(
    "not a finite number", "Leave the cell empty when there was no measurement (JSON: null)."
)


def is_absent(raw: Any, kind: str) -> bool:
    """True when the cell holds nothing. The usual spellings of "nothing" count, save in text columns,
    where only an empty cell does: a project may well be called NA."""
    if raw is None:
        return True
    if not isinstance(raw, str):
        return False
    text = raw.strip()
    return not text or (kind != "text" and text in _ABSENT)


def number(raw: Any) -> float | Finding:
    """A finite number: digits, a point, an exponent; nothing else."""
    if isinstance(raw, bool):
        return Finding("a boolean where a number belongs", "Write a number.")
    if isinstance(raw, int | float | Decimal):
        try:
            value = float(raw)
        except OverflowError:
            return Finding("too large for a number", "Use a larger unit.")
        return value if math.isfinite(value) else NOT_FINITE
    if not isinstance(raw, str):
        return _foreign(raw, "a number")
    text = raw.strip()
    if _NUMBER.fullmatch(text) and text.isascii():
        value = float(text)
        return value if math.isfinite(value) else Finding("too large for a number", "Use a larger unit.")
    if _NOT_FINITE.fullmatch(text):
        return NOT_FINITE
    if _THOUSANDS.fullmatch(text):
        plain = re.sub(r"[^\d.+-]", "", text)
        return Finding("a number with thousands separators", f"Write plain digits: {plain}.")
    if _DECIMAL_COMMA.fullmatch(text):
        return Finding("a number with a decimal comma", f"Write a point: {text.replace(',', '.')}.")
    if unit := _WITH_UNIT.fullmatch(text):
        return Finding(
            f"a number with a unit ({unit.group(1).strip()!r})",
            "Write the number alone, in the unit that the experiment declares.",
        )
    return Finding("not a number", "Write digits with a point as decimal mark, for example 1250.5 or 1.25e3.")


def integer(raw: Any) -> int | Finding:
    """A whole number of at most 64 bits; 3.0 counts as 3."""
    if isinstance(raw, str) and _INTEGER.fullmatch(raw.strip()) and len(raw) < 40:
        value = int(raw)
    elif isinstance(raw, int) and not isinstance(raw, bool):
        value = raw
    else:
        real = number(raw)
        if isinstance(real, Finding):
            return real
        if not real.is_integer():
            return Finding("not a whole number", "Write a whole number.")
        value = int(real)
    return value if value in INT64 else Finding("too large for 64 bits", "Use a larger unit.")


def boolean(raw: Any) -> bool | Finding:
    """true/false in the usual spellings (yes/no, t/f, 1/0, on/off; any case)."""
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, int | float) and raw in (0, 1):
        return bool(raw)
    if isinstance(raw, str):
        text = raw.strip().lower()
        if text in _TRUE or text in _FALSE:
            return text in _TRUE
    elif not isinstance(raw, int | float):
        return _foreign(raw, "true or false")
    return Finding("neither true nor false", "Write true or false.")


def text(raw: Any) -> str | Finding:
    """Text without surrounding blanks; plain numbers and booleans are taken by their spelling."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, int | Decimal):
        return str(raw)
    if isinstance(raw, float):
        return repr(raw)
    if not isinstance(raw, str):
        return _foreign(raw, "text")
    value = raw.strip()
    if len(value) > MAX_TEXT:
        return Finding(f"text longer than {MAX_TEXT} characters", "Shorten it, or leave the column out.")
    if "\x00" in value or is_broken(value):
        return Finding("text with characters that no database can keep", "Write plain Unicode text.")
    return value


def timestamp(raw: Any) -> datetime | Finding:
    """A moment in ISO 8601, given back in UTC; without a zone it is read as UTC."""
    if isinstance(raw, datetime):
        moment = raw
    elif isinstance(raw, date):
        moment = datetime(raw.year, raw.month, raw.day)
    elif isinstance(raw, str) and not raw.strip().isdigit():
        try:
            moment = datetime.fromisoformat(raw.strip())
        except ValueError:
            return Finding("not a time in ISO 8601", "Write for example 2026-03-01T12:30:00Z.")
    elif isinstance(raw, int | float | str) and not isinstance(raw, bool):
        return Finding(
            "a plain number where a time belongs", "Write ISO 8601, for example 2026-03-01T12:30:00Z; "
            "seconds since 1970 do not say their unit.",
        )  # fmt: skip
    else:
        return _foreign(raw, "a time")
    try:
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return Finding("a time outside the years 1 to 9999", "Correct the year.")
    return datetime(*moment.timetuple()[:6], moment.microsecond, UTC)  # drops pandas' nanoseconds


def _foreign(raw: Any, wanted: str) -> Finding:
    what = (
        "a nested value" if isinstance(raw, dict | list | tuple) else f"a value of type {type(raw).__name__}"
    )
    return Finding(
        f"{what} where {wanted} belongs", "Write one plain value; spread nested values over columns."
    )


PARSERS: dict[str, Callable[[Any], Any]] = {
    "number": number,
    "integer": integer,
    "boolean": boolean,
    "text": text,
    "timestamp": timestamp,
}


def parse(values: list[Any], kind: str) -> tuple[list[Any], dict[int, Finding]]:
    """Parse a column: (typed values with None where absent or bad, findings by row)."""
    if (whole := _parse_whole(values, kind)) is not None:
        return whole, {}
    parser = PARSERS[kind]
    known: dict[Any, Any] = {}  # equal cells of equal type are parsed once
    out: list[Any] = []
    findings: dict[int, Finding] = {}
    for row, raw in enumerate(values):
        key = (type(raw), raw) if isinstance(raw, _SIMPLE) else None
        value = known.get(key, known) if key is not None else known
        if value is known:
            value = None if is_absent(raw, kind) else parser(raw)
            if key is not None and len(known) < 100_000:
                known[key] = value
        if isinstance(value, Finding):
            findings[row] = value
            value = None
        out.append(value)
    return out, findings


_SIMPLE = (str, int, float, type(None))
_NUMBER_CHARACTERS = frozenset("0123456789.+-eE")
_INTEGER_CHARACTERS = frozenset("0123456789+-")


def _parse_whole(values: list[Any], kind: str) -> list[Any] | None:
    """The same as cell by cell, ten times faster, for a column without anything unusual; else None.

    Python's own float and int take more spellings than ours (underscores, other scripts' digits,
    "nan"), so the characters are checked first.
    """
    types = set(map(type, values))
    if kind == "number" and types <= {float, int}:
        return list(map(float, values)) if all(-1e300 < v < 1e300 for v in values) else None
    if kind == "integer" and types == {int}:
        return values if min(values) in INT64 and max(values) in INT64 else None
    if types != {str}:
        return None
    together = "".join(values)
    try:
        if kind == "number" and _NUMBER_CHARACTERS.issuperset(together):
            numbers = list(map(float, values))
            return numbers if all(map(math.isfinite, numbers)) else None
        if kind == "integer" and _INTEGER_CHARACTERS.issuperset(together):
            integers = list(map(int, values))
            return integers if min(integers) in INT64 and max(integers) in INT64 else None
    except ValueError:  # "1-2", an empty cell, ...: cell by cell finds which
        return None
    if kind == "text" and "\x00" not in together and not is_broken(together):
        return [v.strip() or None for v in values] if max(map(len, values)) <= MAX_TEXT else None
    return None
