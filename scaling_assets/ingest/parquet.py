"""Apache Parquet. A row's line is its number, counted from 1."""

import io
import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from scaling_assets.ingest.reader import Columns, FileRejected, Limits, Table

MAGIC = b"PAR1"
REMEDY = "Write the file again and land it under a new name."


class Parquet:
    """Reader of Parquet files."""

    name = "parquet"

    def recognises(self, head: bytes) -> bool:
        """The magic number at the start."""
        return head.startswith(MAGIC)

    def columns(self, head: bytes, *, is_whole: bool) -> tuple[str, ...]:
        """Column names: they stand at the end of the file, so a part of it tells none."""
        if not is_whole:
            return ()
        try:
            return tuple(pq.read_schema(io.BytesIO(head)).names)
        except (pa.ArrowException, OSError):
            return ()

    def is_complete(self, head: bytes, tail: bytes) -> bool:
        """The magic number stands at the end too: a Parquet writer puts it there last."""
        return len(tail) > 2 * len(MAGIC) and tail.endswith(MAGIC)

    def read(self, data: bytes, wanted: Sequence[str], limits: Limits) -> Table:
        """See ``Reader.read``."""
        try:
            file = pq.ParquetFile(io.BytesIO(data))
            names = list(file.schema_arrow.names)
            _check_size(file.metadata, names, limits)
            table = file.read(columns=[name for name in wanted if name in names])
            table.validate(full=True)  # a text that is no UTF-8 would raise when it is first looked at
            columns = Columns(table)
            for name in table.column_names:
                if not _is_plain(table.schema.field(name).type):
                    columns[name]  # a value that Python cannot hold counts as damage, found here
        except (pa.ArrowException, OSError) as error:
            whole = data.endswith(MAGIC)
            reason = f"damaged: {error}" if whole else "the file breaks off: its closing mark is missing"
            raise FileRejected("file", "", reason, REMEDY) from error

        def raw(i: int) -> str:
            row = {name: table.column(name)[i].as_py() for name in table.column_names}
            return json.dumps(row, default=str, ensure_ascii=False)

        lines = range(1, file.metadata.num_rows + 1)
        return Table(columns, lines, tuple(names), True, raw, typed=table)


def _is_plain(kind: pa.DataType) -> bool:
    """True for types whose every value has a Python value."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    tests = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_string,
             pa.types.is_large_string, pa.types.is_null)  # fmt: skip
    return any(is_it(kind) for is_it in tests)


def _check_size(metadata: Any, names: list[str], limits: Limits) -> None:
    size = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise FileRejected(
            "header", twice[0], f"the file names column {twice[0]!r} twice", "Give each column one name."
        )
    for found, most, what in (
        (metadata.num_rows, limits.max_rows, "rows"),
        (len(names), limits.max_columns, "columns"),
        (size, limits.max_bytes, "bytes (decompressed)"),
    ):
        if found > most:
            raise FileRejected(
                "file", f"{found} {what}", f"the file has more than {most} {what}",
                "Split it, or raise the limits under [landing] in lab.toml.",
            )  # fmt: skip
