"""Days as whole numbers, for plans that are dated.

What belongs here: the calendar, which is arithmetic. What does not: today, which only a clock knows.
"""

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

MONTH_DAYS = 365.2425 / 12  # of the Gregorian calendar


def day_number(text: str) -> int:
    """The day of an ISO date (2026-01-29), counted from 0001-01-01 as day 1.

    Raises:
        ValueError: it is no date.
    """
    return date.fromisoformat(text).toordinal()


def iso_day(number: float) -> str:
    """The ISO date of a day, of its fraction none; "" where the calendar ends."""
    if not 1 <= number < date.max.toordinal() + 1:
        return ""
    return date.fromordinal(int(number)).isoformat()


def _as_text(value: Any) -> Any:
    """YAML reads 2026-01-29 as a date by itself."""
    return value.isoformat() if type(value) is date else value


def _checked(text: str) -> str:
    try:
        return iso_day(day_number(text))
    except ValueError:
        raise ValueError(f"{text!r} is no date (2026-01-29)") from None


#: A day in a declaration, kept as its ISO text.
Day = Annotated[
    str,
    BeforeValidator(_as_text),
    AfterValidator(_checked),
    WithJsonSchema(
        {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$", "description": "A day: 2026-01-29."}
    ),
]
