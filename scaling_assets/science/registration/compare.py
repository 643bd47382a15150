"""What differs between two declarations, part by part, and in words.

What lives here: the comparison. What does not: what a part is (``parts``), whom it concerns (``standing``).
"""

import json
from typing import Any

from scaling_assets.records.registration import Change, Parts

SHOWN = 60  # characters of a value in a sentence


def compare(old: Parts, new: Parts) -> tuple[Change, ...]:
    """Return the differences, one a field; an item that came or went is one difference as a whole."""
    changes = []
    for part in dict.fromkeys([*old, *new]):
        before, after = old.get(part), new.get(part)
        if before == after:
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            for field in dict.fromkeys([*before, *after]):
                if before.get(field) != after.get(field):
                    changes.append(Change(f"{part}.{field}", before.get(field), after.get(field)))
        else:
            changes.append(Change(part, before, after))
    return tuple(changes)


def in_words(change: Change) -> str:
    """Return the difference as a phrase: ``gates.fast.threshold changed from 80 to 90``.

    A field that was left out stood at its default.
    """
    is_item = isinstance(change.old, dict) or isinstance(change.new, dict)
    if is_item and change.old is None and change.part.count(".") <= 1:
        return f"{change.part} was added"
    if is_item and change.new is None and change.part.count(".") <= 1:
        return f"{change.part} was removed"
    return f"{change.part} changed from {_shown(change.old)} to {_shown(change.new)}"


def _shown(value: Any) -> str:
    if value is None:
        return "its default"
    text = f'"{value}"' if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        text = str(int(value))
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
