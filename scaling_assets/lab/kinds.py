"""Fields that a ``kind`` owns: gates, workloads and claims each have some beside those of their record.

What belongs here: telling them apart, and what is wrong with them. What does not: the kinds (``science``, ``sweeps``).
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from scaling_assets.errors import DeclarationProblem
from scaling_assets.lab.findings import of_validation
from scaling_assets.lab.yaml_file import Document, Place

Problems = list[DeclarationProblem]


def own_fields(model: type[BaseModel], raw: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that belong to the kind: those that the record does not know."""
    nested = raw.get("settings")
    own = {name: value for name, value in raw.items() if name not in model.model_fields}
    return {**(nested if isinstance(nested, dict) else {}), **own}


def settings_problems(
    document: Document, model: type[BaseModel], values: dict[str, Any], place: Place, mode: str | None = None
) -> Problems:
    """What is wrong with the fields of a kind, at the place that owns them."""
    places = [place, (*place, "settings")]
    if mode is not None:
        places.insert(0, (*place, mode))
    try:
        model.model_validate(values)
    except ValidationError as error:
        return list(of_validation(document, error, model, places))
    return []
