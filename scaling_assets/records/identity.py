"""Content identities: what two things must share to be the same thing.

What belongs here: the one hash that turns content into an id. What does not: file hashing (ingest).
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,62}")
ID_LENGTH = 24  # 96 bits: a collision among 10^9 rows has probability below 10^-11


def content_id(*parts: Any) -> str:
    """Return the first 96 bits (24 hexadecimal digits) of the SHA-256 of the parts' canonical JSON.

    The same content gives the same id in every process and on every machine; mapping order does
    not matter, sequence order does.

    Raises:
        TypeError: a part has no canonical JSON form (an array, a set, an open file ...).
    """
    return hashlib.sha256(_CANONICAL.encode(parts).encode()).hexdigest()[:ID_LENGTH]


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no canonical form; pass plain values")


#: One encoder for all: ``json.dumps`` makes a new one each time, which takes longer than a short text itself.
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_plain, allow_nan=True)
