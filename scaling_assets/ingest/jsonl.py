"""JSON Lines: one object a line, UTF-8. Blank lines are passed over."""

import io
import json
from collections.abc import Sequence
from typing import Any

from scaling_assets.ingest.content import ENCODING_REASON, ENCODING_REMEDY, decode, is_broken
from scaling_assets.ingest.reader import Limits, Table, bad_line, long_line
from scaling_assets.records.observation import Rejection

REMEDY = "Write one JSON object a line."


class _BadLineError(ValueError):
    def __init__(self, field: str, value: str, reason: str, remedy: str) -> None:
        self.parts = (field, value, reason, remedy)
        super().__init__(reason)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(n for n in names if names.count(n) > 1)
        raise _BadLineError(
            twice, "", f"the key {twice!r} stands twice in one object", "Keep one of the two."
        )
    return found


#: NaN and Infinity are no JSON, but many writers emit them: they become floats, which the check of the
#: column refuses by name and with the field, where a syntax error could name only the line.
_DECODER = json.JSONDecoder(object_pairs_hook=_unique)


class JsonLines:
    """Reader of JSON Lines."""

    name = "jsonl"

    def recognises(self, head: bytes) -> bool:
        """The first line with anything on it starts like an object and is not the start of an array."""
        return decode(head).lstrip()[:1] == "{"

    def columns(self, head: bytes, *, is_whole: bool) -> tuple[str, ...]:
        """All keys of the lines in the head, in order of appearance."""
        names: dict[str, None] = {}
        for line in decode(head).split("\n")[: None if is_whole else -1]:
            try:
                row = _DECODER.decode(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(row, dict):
                names |= dict.fromkeys(row)
        return tuple(names)

    def is_complete(self, head: bytes, tail: bytes) -> bool:
        """The last line ends with a newline or is a whole object: its closing brace cannot come early."""
        if tail.endswith((b"\n", b"\r")):
            return True
        last = decode(tail.rpartition(b"\n")[2]).strip()
        try:
            return isinstance(_DECODER.decode(last), dict) or not last
        except (ValueError, RecursionError):
            return not last

    def read(self, data: bytes, wanted: Sequence[str], limits: Limits) -> Table:
        """See ``Reader.read``. A line that is no object is rejected alone; the others are read."""
        text = decode(data)
        broken = is_broken(text)
        source = io.StringIO(text, newline="\n")
        lines: list[int] = []
        kept: list[str] = []
        rows: list[dict[str, Any]] = []
        rejected: list[Rejection] = []
        seen: dict[str, None] = {}
        for number, line in enumerate(source, start=1):
            if not line.strip():
                continue
            limits.check_rows(len(rows) + len(rejected) + 1)
            if len(line) > limits.max_line:
                rejected.append(long_line(number, line, limits))
                continue
            try:
                row = self._row(line, limits, broken)
            except _BadLineError as bad:
                rejected.append(bad_line(number, *bad.parts, line.rstrip("\r\n")))
                continue
            if not seen.keys() >= row.keys() and len(seen) <= limits.max_columns:
                seen |= dict.fromkeys(row)
            rows.append(row)
            lines.append(number)
            kept.append(line)
        present = [name for name in wanted if name in seen]
        columns = {name: [row.get(name) for row in rows] for name in present}
        return Table(columns, lines, tuple(seen), False, lambda i: kept[i].rstrip("\r\n"), rejected)

    def _row(self, line: str, limits: Limits, broken: bool) -> dict[str, Any]:
        if broken and is_broken(line):
            raise _BadLineError("line", "", ENCODING_REASON, ENCODING_REMEDY)
        try:
            row = _DECODER.decode(line.strip())
        except _BadLineError:
            raise
        except json.JSONDecodeError as error:
            at_end = not line.endswith("\n") and not line.rstrip().endswith("}")
            what = "the line breaks off" if at_end else f"not JSON at column {error.colno}: {error.msg}"
            raise _BadLineError("line", line.strip(), what, REMEDY) from error
        except RecursionError as error:
            raise _BadLineError("line", line.strip(), "nested too deeply", REMEDY) from error
        except ValueError as error:  # Python refuses integers of more than 4300 digits
            raise _BadLineError("line", line.strip(), "a number with too many digits", REMEDY) from error
        if not isinstance(row, dict):
            raise _BadLineError("line", line.strip(), f"a JSON {_kind(row)} where an object belongs", REMEDY)
        if len(row) > limits.max_columns:
            raise _BadLineError(
                "line", f"{len(row)} keys", f"the object has more than {limits.max_columns} keys",
                "Leave out what is not declared.",
            )  # fmt: skip
        return row


def _kind(value: Any) -> str:
    if isinstance(value, list):
        return "array"
    if isinstance(value, bool):
        return "boolean"
    if value is None:
        return "null"
    return "string" if isinstance(value, str) else "number"
