"""Comma, semicolon, tab or bar separated text with a header line; quoting as in RFC 4180.

A record that is all empty is a blank line and passed over. A quote that is never closed spoils its
own line only: the lines after it are read as if it were not there.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from scaling_assets.ingest.content import ENCODING_REASON, ENCODING_REMEDY, decode, is_broken
from scaling_assets.ingest.reader import FileRejected, Limits, Table, bad_line, long_line
from scaling_assets.records.observation import Rejection

DELIMITERS = (",", ";", "\t", "|")
#: A quoted cell may run over this many physical lines; beyond, its quote counts as never closed.
LONGEST_RECORD = 32


class Delimited:
    """Reader of delimiter separated text; the delimiter comes from the header line."""

    name = "csv"

    def recognises(self, head: bytes) -> bool:
        """Text whose first line has at least two fields, none of them a whole sentence."""
        if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
            return False
        names = self._header(decode(head))
        return len(names) >= 2 and all(len(name) <= 64 for name in names) and names[0][:1] not in "[{<%"

    def columns(self, head: bytes, *, is_whole: bool) -> tuple[str, ...]:
        """The header's names."""
        return tuple(self._header(decode(head)))

    def is_complete(self, head: bytes, tail: bytes) -> bool:
        """The last line ends with a newline. Without one its last number may be cut in half, and a
        half number looks like a whole one: such a file has to lie quiet for longer."""
        return tail.endswith((b"\n", b"\r")) or (
            head[:2] in (b"\xff\xfe", b"\xfe\xff") and tail.endswith(b"\n\0")
        )

    def read(self, data: bytes, wanted: Sequence[str], limits: Limits) -> Table:
        """See ``Reader.read``."""
        text = decode(data)
        physical = list(io.StringIO(text, newline=""))
        start = next((i for i, line in enumerate(physical) if line.strip()), None)
        if start is None:
            raise FileRejected("file", "", "the file is empty", "Land a file with a header line and rows.")
        delimiter = _delimiter(physical[start])
        records = _records(physical, start, delimiter, limits)
        first = next(records)
        if isinstance(first, Rejection):
            raise FileRejected("header", first.value, first.reason, first.remedy)
        header = [name.strip() for name in first[2]]
        _check_header(header, limits)
        broken = is_broken(text)
        lines: list[int] = []
        spans: list[tuple[int, int]] = []
        rows: list[list[str]] = []
        rejected: list[Rejection] = []
        for record in records:
            if isinstance(record, Rejection):
                rejected.append(record)
                continue
            begin, end, cells = record
            if not "".join(cells).strip():
                continue
            problem = _row_problem(cells, header, broken)
            if problem:
                raw = "".join(physical[begin:end]).rstrip("\r\n")
                rejected.append(bad_line(begin + 1, *problem, raw))
            else:
                rows.append(cells)
                lines.append(begin + 1)
                spans.append((begin, end))
            limits.check_rows(len(rows) + len(rejected))
        positions = {name: header.index(name) for name in wanted if name in header}
        columns: dict[str, list[Any]] = {n: [row[at] or None for row in rows] for n, at in positions.items()}
        return Table(
            columns, lines, tuple(name for name in header if name), True,
            lambda i: "".join(physical[slice(*spans[i])]).rstrip("\r\n"), rejected,
        )  # fmt: skip

    def _header(self, text: str) -> list[str]:
        line = next((line for line in io.StringIO(text, newline="") if line.strip()), "")
        try:
            cells = next(csv.reader([line], delimiter=_delimiter(line)), [])
        except csv.Error:
            return []
        return [cell.strip() for cell in cells]


def _delimiter(header: str) -> str:
    """The delimiter that the header line has most of, outside quotes."""
    outside = "".join(header.split('"')[::2])
    return max(DELIMITERS, key=outside.count)


def _check_header(header: list[str], limits: Limits) -> None:
    named = [name for name in header if name]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise FileRejected(
            "header",
            twice[0],
            f"the header names {', '.join(map(repr, twice))} twice",
            "Give each column one name.",
        )
    if len(header) > limits.max_columns:
        raise FileRejected(
            "header", f"{len(header)} columns", f"the file has more than {limits.max_columns} columns",
            "Leave out what is not declared, or raise max_columns under [landing] in lab.toml.",
        )  # fmt: skip


def _row_problem(cells: list[str], header: list[str], broken: bool) -> tuple[str, str, str, str] | None:
    if len(cells) != len(header):
        reason = f"the row has {len(cells)} fields, the header {len(header)}"
        return "line", f"{len(cells)} fields", reason, "Quote cells that hold the delimiter; fill the row up."
    if broken and any(map(is_broken, cells)):
        return "line", "", ENCODING_REASON, ENCODING_REMEDY
    return None


def _is_plain(line: str, limits: Limits) -> bool:
    return '"' not in line and len(line) <= limits.max_line


def _records(
    physical: list[str], start: int, delimiter: str, limits: Limits
) -> Iterator[tuple[int, int, list[str]] | Rejection]:
    """Records as (first line, line after the last, cells), lines counted from 0.

    Each record is parsed strictly from its own first line, at most LONGEST_RECORD lines of it. When
    that fails, the first line alone is rejected and parsing goes on with the next: one stray quote
    never swallows good rows, and the work stays linear.
    """
    at = start
    while at < len(physical):
        plain = at
        while (
            plain < len(physical) and '"' not in physical[plain] and len(physical[plain]) <= limits.max_line
        ):
            plain += 1
        if plain > at:  # the usual case: no quote, so one physical line is one record
            for offset, cells in enumerate(csv.reader(physical[at:plain], delimiter=delimiter)):
                yield at + offset, at + offset + 1, cells
            at = plain
            continue
        if len(physical[at]) > limits.max_line:
            yield long_line(at + 1, physical[at], limits)
            at += 1
            continue
        reader = csv.reader(physical[at : at + LONGEST_RECORD], delimiter=delimiter, strict=True)
        try:
            cells = next(reader)
        except csv.Error as error:
            line = physical[at].rstrip("\r\n")
            remedy = 'Close every quote; write a quote inside a quoted cell twice ("").'
            yield bad_line(
                at + 1, "line", line, f"the quotes of this line do not match: {error}", remedy, line
            )
            at += 1
            continue
        yield at, at + reader.line_num, cells
        at += reader.line_num
