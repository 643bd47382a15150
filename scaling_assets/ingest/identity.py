"""Identities of rows: the same as ``records.identity.content_id``, made for whole columns at once.

A row's content is made of its non-null values only, so that an optional column declared later does
not make old rows contradict themselves.
"""

import hashlib
import json
from datetime import datetime
from typing import Any

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.identity import ID_LENGTH


def keyed(
    experiment: Experiment, typed: dict[str, list[Any]], rows: list[int]
) -> tuple[list[str], list[str]]:
    """(content_id(experiment, [key values]), content_id({column: value, ...})) of each row."""
    keys = [_fragments(typed[name], rows) for name in experiment.key]
    ids = [_digest(f'["{experiment.name}",[{",".join(key)}]]') for key in zip(*keys, strict=True)]
    columns = [_named(name, typed[name], rows) for name in sorted(typed)]
    contents = [_digest("[{" + ",".join(filter(None, row)) + "}]") for row in zip(*columns, strict=True)]
    return ids, contents


def _named(name: str, values: list[Any], rows: list[int]) -> list[str]:
    return ["" if text == "null" else f'"{name}":{text}' for text in _fragments(values, rows)]


def _fragments(values: list[Any], rows: list[int]) -> list[str]:
    """The canonical JSON of one column's values, which have one type (or are None)."""
    chosen = [values[row] for row in rows]
    some = next((value for value in chosen if value is not None), None)
    if isinstance(some, str):
        return [_QUOTED(value) if value is not None else "null" for value in chosen]
    if isinstance(some, datetime):
        return [f'"{value.isoformat()}"' if value is not None else "null" for value in chosen]
    if isinstance(some, bool):
        return [_BOOLEAN[value] for value in chosen]
    return [repr(value) if value is not None else "null" for value in chosen]


_QUOTED = json.encoder.encode_basestring_ascii
_BOOLEAN = {True: "true", False: "false", None: "null"}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:ID_LENGTH]
