"""A batch of raw rows, and what is wrong with them.

The first problem of a row is its reason; further fields that are wrong too are named with it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from scaling_assets.ingest.reader import SHOWN_RAW, shorten
from scaling_assets.records.observation import Rejection


@dataclass(frozen=True)
class Batch:
    """Raw rows of one experiment: columns of equal length, physical lines, each row's own text."""

    columns: dict[str, list[Any]]
    lines: list[int]
    raw: Callable[[int], str]

    def __len__(self) -> int:
        return len(self.lines)


class Problems:
    """The problems of a batch of rows. ``rows`` maps positions to the batch's, when they differ."""

    def __init__(self, experiment: str | None, batch: Batch, rows: Sequence[int] | None = None) -> None:
        self._experiment, self._batch, self._rows = experiment, batch, rows
        self._first: dict[int, tuple[str, Any, str, str]] = {}
        self._also: dict[int, list[str]] = {}

    def add(self, row: int, field: str, value: Any, reason: str, remedy: str) -> None:
        """Note a problem of a row; a second one about the same field is not repeated."""
        row = row if self._rows is None else self._rows[row]
        if row not in self._first:
            self._first[row] = (field, value, reason, remedy)
        elif field != self._first[row][0] and field not in self._also.get(row, []):
            self._also.setdefault(row, []).append(field)

    def take(self, other: "Problems") -> None:
        """Add the problems that were collected about a part of the same batch."""
        for row, problem in other._first.items():
            self.add(row, *problem)

    def __contains__(self, row: int) -> bool:
        return row in self._first

    def rejections(self) -> list[Rejection]:
        """One rejection per bad row, in order of rows."""
        found = []
        for row in sorted(self._first):
            field, value, reason, remedy = self._first[row]
            if row in self._also:
                reason += f" (also wrong: {', '.join(self._also[row])})"
            shown = "" if value is None else shorten(value)
            raw = shorten(self._batch.raw(row), SHOWN_RAW)
            found.append(
                Rejection(self._experiment, self._batch.lines[row], field, shown, reason, remedy, raw)
            )
        return found
