"""A batch of raw rows, and what is wrong with them.

The first problem of a row is its reason; further fields that are wrong too are named with it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from scaling_assets.ingest.reader import SHOWN_RAW, shorten
from scaling_assets.records.observation import Rejection


@dataclass(frozen=True)
class Batch:
    """Raw rows of one experiment: columns of equal length, physical lines, each row's own text.

    ``typed`` holds the same columns in Arrow's types where the format has types.
    """

    columns: Mapping[str, list[Any]]
    lines: Sequence[int]
    raw: Callable[[int], str]
    typed: pa.Table | None = None

    def __len__(self) -> int:
        return len(self.lines)

    def part(self, rows: Sequence[int]) -> "Batch":
        """These rows alone, cell by cell."""
        if self.typed is not None:
            columns = self.typed.take(pa.array(rows, type=pa.int64())).to_pydict()
        else:
            columns = {name: [values[row] for row in rows] for name, values in self.columns.items()}
        return Batch(columns, [self.lines[row] for row in rows], lambda i: self.raw(rows[i]))


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
        for row, fields in other._also.items():
            known = self._also.setdefault(row, [])
            known += [field for field in fields if field not in known]

    def __contains__(self, row: int) -> bool:
        return row in self._first

    def rows(self) -> list[int]:
        """The rows with a problem, ascending."""
        return sorted(self._first)

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
