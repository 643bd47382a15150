"""What every declared thing is made of: frozen models, identifiers, the names that are taken.

What belongs here: the base classes and the system's own column names. What does not: any one declaration.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Scalar = bool | int | float | str
Filter = dict[Identifier, Scalar | list[Scalar]]

#: Columns that every observation row has, declared or not; they may be named in ``unit`` and ``key``.
STANDARD_COLUMNS = {
    "run_id": "text",
    "seed": "integer",
    "step": "integer",
    "condition": "text",
    "observed_at": "timestamp",
    "is_simulated": "boolean",
}
#: Names that tables and frames of ours use: no declared column may take one.
RESERVED = frozenset(STANDARD_COLUMNS) | {
    "observation_id", "source_id", "line", "experiment", "metric", "unit", "value", "n", "sd",
    "numerator", "denominator", "sample", "version", "trial_id", "cell_id",
}  # fmt: skip


class Declared(BaseModel):
    """Base of every declared thing: immutable, and an unknown field is an error, not a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, allow_inf_nan=False)


class Extensible(Declared):
    """A declared thing whose ``kind`` owns further fields: they are kept, unread, in ``settings``.

    The registry that knows the kind validates them (one file and one registry line a kind).
    """

    kind: Identifier
    settings: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _collect_settings(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        known = set(cls.model_fields)
        own = {k: v for k, v in data.items() if k in known}
        extra = {k: v for k, v in data.items() if k not in known}
        return {**own, "settings": {**own.get("settings", {}), **extra}}
