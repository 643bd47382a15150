"""A plan with some of its numbers set to others.

What lives here: finding the number that a short name means. What does not: answering, keeping (what-ifs are not kept).
"""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from scaling_assets.science.planning.kind import PlanQuestion

PARTS = ("scenarios", "cases")
MOST_NAMED = 8
BEHAVIOURS = ("per_period", "per_unit")


def with_settings(question: PlanQuestion, settings: Mapping[str, str]) -> PlanQuestion:
    """The question with other numbers.

    Args:
        settings: name: new amount. A name is a number of the plan (``price``), one of its cost lines (``api``; a line
            in steps becomes one for the period), a saving's number (``cache.share``), or one of a scenario or case
            (``aggressive.units``, ``aggressive.api``).

    Raises:
        ValueError: a name means nothing, or the plan does not allow the number; the text says which.
    """
    data = question.model_dump(mode="json")
    for name, value in settings.items():
        if not _set(data, name, value):
            names = known(data)
            near = get_close_matches(name, names, MOST_NAMED) or names[:MOST_NAMED]
            raise ValueError(f"{name!r} is no number of {question.name}; there are {', '.join(near)}")
    try:
        return type(question).model_validate(data)
    except ValidationError as error:
        raise ValueError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None


def known(data: Mapping[str, Any]) -> list[str]:
    """All names that may be set."""
    lines = [line["name"] for line in data.get("costs", ())]
    found = [*_numbers(data), *lines]
    found += [f"{saving['name']}.{part}" for saving in data.get("savings", ()) for part in ("cut", "share")]
    for one in _parts(data).values():
        own = [line["name"] for line in one["costs"]]
        found += [f"{one['name']}.{name}" for name in dict.fromkeys([*_numbers(one), *own, *lines])]
    return found


def _numbers(of: Mapping[str, Any]) -> list[str]:
    return [name for name in ("units", "price", "investment", "months") if name in of]


def _parts(data: Mapping[str, Any]) -> dict[str, Any]:
    return {one["name"]: one for place in PARTS for one in data.get(place, ())}


def _set(data: dict[str, Any], name: str, value: str) -> bool:
    first, _, rest = name.partition(".")
    if not rest:
        return _number_or_line(data, first, value, data["costs"])
    for saving in data.get("savings", ()):
        if saving["name"] == first and rest in ("cut", "share"):
            saving[rest] = value
            return True
    one = _parts(data).get(first)
    return one is not None and _number_or_line(one, rest, value, data["costs"])


def _number_or_line(of: dict[str, Any], name: str, value: str, shared: list[dict[str, Any]]) -> bool:
    if name in _numbers(of):
        of[name] = value
        return True
    own = next((line for line in of["costs"] if line["name"] == name), None)
    common = next((line for line in shared if line["name"] == name), None)
    if own is None and common is None:
        return False
    changed = _priced(own or common or {}, value)
    of["costs"] = [changed if line is own else line for line in of["costs"]] + ([] if own else [changed])
    return True


def _priced(line: Mapping[str, Any], value: str) -> dict[str, Any]:
    behaviour = next((b for b in BEHAVIOURS if line.get(b) is not None), BEHAVIOURS[0])
    return {"name": line["name"], behaviour: value, "note": line.get("note", "")}
