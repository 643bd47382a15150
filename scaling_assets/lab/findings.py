"""What pydantic found wrong with a declaration -> file, line, field, problem and a remedy that helps.

What belongs here: the translation. What does not: rules of our own (``rules``).
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from scaling_assets.errors import DeclarationProblem
from scaling_assets.lab.yaml_file import Document, Flaw, Place

_EXPECTED = {
    "string_type": "text (put it in quotes)",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list, for example [a, b]",
    "list_type": "a list, for example [a, b]",
    "dict_type": "a mapping of fields, one 'name: value' a line",
    "model_type": "a mapping of fields, one 'name: value' a line",
    "model_attributes_type": "a mapping of fields, one 'name: value' a line",
}
IDENTIFIER_RULE = (
    "Start with a lower-case letter; then lower-case letters, digits and underscores, at most 63."
)


def problem(document: Document, place: Iterable[str | int], what: str, remedy: str) -> DeclarationProblem:
    """A problem at a place of a file, with the line of the place or of what encloses it."""
    place = tuple(place)
    return of_flaw(document, Flaw(place, document.line_of(place), what, remedy))


def of_flaw(document: Document, flaw: Flaw) -> DeclarationProblem:
    """A flaw found on reading, in the form that people are shown."""
    at = f":{flaw.line}" if flaw.line else ""
    field = ".".join(map(str, flaw.place)) or "the whole file"
    return DeclarationProblem(
        file=document.file,
        at=at,
        field=field,
        problem=flaw.problem,
        remedy=flaw.remedy.replace("{", "{{").replace("}", "}}"),
    )


def did_you_mean(word: object, known: Iterable[str], what: str = "Known") -> str:
    """The nearest known name, and all of them."""
    names = list(known)
    near = difflib.get_close_matches(str(word), names, 1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return f"{hint}{what}: {', '.join(names) or 'none'}."


def of_validation(
    document: Document,
    error: ValidationError,
    model: type[BaseModel],
    places: Sequence[Place] = ((),),
) -> Iterator[DeclarationProblem]:
    """One problem for each place that pydantic complains about.

    ``places`` are where the model's fields may stand in the file, likeliest first.
    """
    unions: dict[Place, list[str]] = {}
    for item in error.errors(include_url=False):
        place, known = _place(document, item["loc"], places)
        kind = item["type"]
        if kind == "too_short" and _value(document.data, known):
            continue  # only because its entries have problems, which are told themselves
        if kind in _EXPECTED or kind == "literal_error":
            # One wrong value in a union gives one complaint per alternative: they become one.
            expected = _EXPECTED.get(kind) or str(item.get("ctx", {}).get("expected", ""))
            unions.setdefault(place, []).append(expected)
            continue
        yield _one(document, place, known, item, model)
    for place, expected_all in unions.items():
        value = _value(document.data, place)
        expected = " or ".join(dict.fromkeys(expected_all))
        remedy = f"Expected: {expected}."
        if isinstance(value, str) and "'" in expected:
            remedy = did_you_mean(value, re.findall(r"'([^']*)'", expected), "Allowed")
        yield problem(document, place, f"{_shown(value)} is not what belongs here", remedy)


def _one(
    document: Document, place: Place, known: Place, item: Any, model: type[BaseModel]
) -> DeclarationProblem:
    kind, context = item["type"], item.get("ctx", {})
    if kind == "extra_forbidden":
        owner = _model_at(model, item["loc"][:-1])
        fields = owner.model_fields if owner else ()
        return problem(document, place, "no such field", did_you_mean(place[-1], fields, "Fields"))
    if kind == "missing":
        return problem(document, place, "a required field is missing", _how_to_fill(model, item["loc"]))
    value = _shown(_value(document.data, known))
    if kind == "string_pattern_mismatch":
        return problem(document, place, f"{value} is no name", IDENTIFIER_RULE)
    if kind == "value_error":
        return problem(
            document, place, str(context.get("error", item["msg"])), "Correct the declaration here."
        )
    return problem(document, place, f"{value} does not fit", _sentence(item["msg"]))


def _sentence(message: str) -> str:
    return message.replace("Tuple", "The list").replace(" after validation", "") + "."


def _place(document: Document, loc: Sequence[str | int], places: Sequence[Place]) -> tuple[Place, Place]:
    """Where a complaint belongs: as deep as the file goes, plus the name of a missing field.

    pydantic's locations also name alternatives of unions and models; those are no places.
    """
    best: tuple[Place, Place] | None = None
    for start in places:
        place: Place = start
        rest = list(loc)
        while rest and (*place, rest[0]) in document.lines:
            place = (*place, rest.pop(0))
        if best is None or len(place) - len(start) > len(best[1]) - len(places[0]):
            best = (place, place)
            if rest and isinstance(rest[-1], str) and len(rest) == 1 and _is_field_name(rest[0]):
                best = ((*place, rest[0]), place)
    assert best is not None
    return best


def _is_field_name(part: str | int) -> bool:
    return isinstance(part, str) and part.isidentifier() and part not in ("bool", "int", "float", "str")


def _how_to_fill(model: type[BaseModel], loc: Sequence[str | int]) -> str:
    owner = _model_at(model, loc[:-1])
    field = owner.model_fields.get(str(loc[-1])) if owner else None
    if field is None:
        return f"Add '{loc[-1]}'."
    return f"Add '{loc[-1]}: ...' ({_type_in_words(field.annotation)})."


def _type_in_words(annotation: Any) -> str:
    words = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
    if annotation in words:
        return words[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is tuple or origin is list:
        return f"a list of {_type_in_words(arguments[0])}"
    if origin in (Union, UnionType):
        return " or ".join(_type_in_words(a) for a in arguments if a is not type(None))
    if arguments and all(isinstance(a, str) for a in arguments):
        return "one of " + ", ".join(arguments)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        required = [n for n, f in annotation.model_fields.items() if f.is_required()]
        return f"a mapping with {', '.join(required) or 'its fields'}"
    return _type_in_words(arguments[0]) if arguments else "a value"


def _model_at(model: type[BaseModel], loc: Sequence[str | int]) -> type[BaseModel] | None:
    """The model that a location leads to, through lists, unions and annotations."""
    current: type[BaseModel] | None = model
    for part in loc:
        if isinstance(part, int) or current is None:
            continue
        field = current.model_fields.get(part)
        if field is None:
            return current
        current = next(_models_in(field.annotation), None)
    return current


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _value(data: Any, place: Place) -> Any:
    for part in place:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
