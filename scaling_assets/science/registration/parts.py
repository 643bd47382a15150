"""The parts of a declaration that decide a verdict.

What lives here: what is left out (texts for people, what no gate reads) and one form for equal content. What
does not: comparing (``compare``), whom a part concerns (``standing``).

Everything is a part unless it is named here as a text: a field that the declaration gains later is
registered from its first day, and nobody has to remember it.
"""

import json
from functools import lru_cache
from typing import Any

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.identity import content_id
from scaling_assets.records.registration import Parts
from scaling_assets.science.gates.judge import settings_of

#: Fields for people, and fields that decide nothing that a gate answers.
TEXTS = frozenset({"name", "title", "description", "owner", "source", "notes", "monitor"})
OF_ITEMS = {
    "dimensions": frozenset({"targets"}),  # where a curve is drawn to
    "laws": frozenset({"compare", "changes"}),  # findings, no verdicts
    "gates": frozenset({"action"}),
    "workload": frozenset({"default_mode"}),
}
#: Lists whose order means nothing.
SETS = frozenset(
    {"families", "conditions", "seeds", "values", "segment", "each", "unit", "key", "blocks", "gates"}
)
_LISTED = ("dimensions", "metrics", "columns", "context", "rules", "laws", "gates")


def parts(experiment: Experiment) -> Parts:
    """Return the registered parts by name: a value ("hypothesis"), or the fields of an item ("gates.fast").

    Fields at their default are left out, so that writing a default changes nothing, and neither does a
    program that knows further fields.

    Raises:
        UnknownName, DeclarationProblem: a gate's kind or its settings are not valid.
    """
    return _parts(experiment.model_dump_json())


def identity(experiment: Experiment) -> str:
    """Return the content hash of the registered parts."""
    return _identity(experiment.model_dump_json())


@lru_cache(maxsize=65_536)
def _identity(declaration: str) -> str:
    return content_id("registered", _parts(declaration))


@lru_cache(maxsize=20_000)
def _parts(declaration: str) -> Parts:
    experiment = Experiment.model_validate_json(declaration)
    declared: dict[str, Any] = experiment.model_dump(mode="json", exclude_defaults=True)
    found: dict[str, Any] = {}
    for field, value in declared.items():
        if field in TEXTS:
            continue
        if field in _LISTED:
            for item, own in zip(getattr(experiment, field), value, strict=True):
                name = item.label if field == "laws" else item.name
                found[f"{field}.{name}"] = _fields(field, own)
        else:
            found[field] = _fields(field, value) if isinstance(value, dict) else _plain(field, value)
    for gate in experiment.gates:
        fields = found[f"gates.{gate.name}"]
        fields.pop("settings", None)
        _, settings = settings_of(experiment, gate)
        fields |= _fields("gates", settings.model_dump(mode="json", exclude_defaults=True))
    return found


def _fields(section: str, item: dict[str, Any]) -> dict[str, Any]:
    dropped = TEXTS | OF_ITEMS.get(section, frozenset())
    return {name: _plain(name, value) for name, value in item.items() if name not in dropped}


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list):
        plain = [_plain("", inner) for inner in value]
        return sorted(plain, key=json.dumps) if name in SETS else plain
    return value
