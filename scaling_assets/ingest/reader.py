"""The contract of a file format: what a reader must do, and the raw table that it hands on.

What belongs here: the contract and the bounds. What does not: formats (one file each, registered in
``formats``), the meaning of columns (``rows``, ``shape``).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pyarrow as pa

from scaling_assets.records.observation import Rejection

SHOWN_VALUE = 80  # characters of a bad value that are kept
SHOWN_RAW = 500  # characters of a bad row that are kept


@dataclass(frozen=True)
class Limits:
    """What an incoming file may be at most; beyond, it (or the row) is rejected with the reason."""

    max_file_mb: float = 256.0  # after decompression
    max_columns: int = 512
    max_line_kb: float = 64.0
    max_rows: int = 5_000_000

    @property
    def max_bytes(self) -> int:
        """Largest content in bytes."""
        return int(self.max_file_mb * 1_000_000)

    def check_rows(self, found: int) -> None:
        """Raise FileRejected when a file has more rows than allowed."""
        if found > self.max_rows:
            raise FileRejected("file", "", f"the file has more than {self.max_rows} rows", "Split the file.")

    @property
    def max_line(self) -> int:
        """Longest line in characters."""
        return int(self.max_line_kb * 1_000)


class FileRejected(Exception):  # (a finding about data that read_source turns into a Rejection)
    """Nothing of this file can be taken in. Never leaves the room: it becomes a rejection of line 0."""

    def __init__(self, field: str, value: str, reason: str, remedy: str) -> None:
        self.field, self.value, self.reason, self.remedy = field, value, reason, remedy
        super().__init__(reason)


@dataclass
class Table:
    """Raw rows, column by column, not yet given a type.

    ``columns`` holds the wanted columns that the file has: lists of equal length, None where a row
    has no value. ``lines`` are 1-based physical lines (Parquet: row numbers). ``seen`` names every
    column of the file, wanted or not. ``has_header`` is True when the columns are stated once for
    the whole file. ``rejected`` are the rows that were no rows; ``raw(i)`` gives row i's own text.
    ``typed`` holds the columns in Arrow's types where the format has types.
    """

    columns: Mapping[str, list[Any]]
    lines: Sequence[int]
    seen: tuple[str, ...]
    has_header: bool
    raw: Callable[[int], str]
    rejected: list[Rejection] = field(default_factory=list)
    typed: pa.Table | None = None

    def __len__(self) -> int:
        return len(self.lines)


class Columns(Mapping[str, list[Any]]):
    """Arrow columns as lists of Python values, each made when it is first asked for."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table
        self._lists: dict[str, list[Any]] = {}

    def __getitem__(self, name: str) -> list[Any]:
        if name not in self._lists:
            self._lists[name] = self._table.column(name).to_pylist()
        return self._lists[name]

    def __contains__(self, name: object) -> bool:
        return name in self._table.column_names

    def __iter__(self) -> Iterator[str]:
        return iter(self._table.column_names)

    def __len__(self) -> int:
        return len(self._table.column_names)


class Reader(Protocol):
    """One file format. Stateless; works on decompressed bytes, never on paths."""

    name: str

    def recognises(self, head: bytes) -> bool:
        """True when the first bytes of a file look like this format."""

    def columns(self, head: bytes, *, is_whole: bool) -> tuple[str, ...]:
        """Column names, as far as the first bytes tell (all of them when ``is_whole``)."""

    def is_complete(self, head: bytes, tail: bytes) -> bool:
        """False when the last bytes show that the writer has not finished."""

    def read(self, data: bytes, wanted: Sequence[str], limits: Limits) -> Table:
        """Read every row.

        Raises:
            FileRejected: nothing of the content can be taken in.
        """


def shorten(value: Any, length: int = SHOWN_VALUE) -> str:
    """The value as text for people: bounded, and free of characters that no database takes."""
    text = value if isinstance(value, str) else str(value)
    if len(text) > length:
        text = text[: length - 1] + "…"
    text = text.replace("\x00", "\\x00")
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def long_line(line: int, text: str, limits: Limits) -> Rejection:
    """A rejection of a line beyond the limit."""
    reason = f"the line is longer than {limits.max_line_kb:g} kB"
    remedy = "Leave out what is not declared, or raise max_line_kb under [landing] in lab.toml."
    return bad_line(line, "line", f"{len(text)} characters", reason, remedy, text)


def bad_line(line: int, field: str, value: Any, reason: str, remedy: str, raw: str) -> Rejection:
    """A rejection of a line that could not even be read as a row."""
    return Rejection(None, line, field, shorten(value), reason, remedy, shorten(raw, SHOWN_RAW))
