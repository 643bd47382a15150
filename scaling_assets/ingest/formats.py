"""Which file formats there are, and which of them a file has.

What belongs here: the registry and the recognition by content. What does not: the formats.
"""

from scaling_assets.ingest.content import GZIP, decode
from scaling_assets.ingest.delimited import Delimited
from scaling_assets.ingest.jsonl import JsonLines
from scaling_assets.ingest.parquet import Parquet
from scaling_assets.ingest.reader import FileRejected, Reader

#: Name -> reader, in the order in which they are asked; the least particular one comes last.
READERS: dict[str, Reader] = {reader.name: reader for reader in (Parquet(), JsonLines(), Delimited())}

_FOREIGN = (
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook", "Export the sheet as CSV."),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file", "Export the sheet as CSV."),
    (b"SQLite format 3", "an SQLite database", "Export the table as CSV or Parquet."),
    (b"%PDF", "a PDF", "Land the numbers as CSV, JSON Lines or Parquet."),
    (b"<", "HTML or XML", "Land the numbers as CSV, JSON Lines or Parquet."),
    (b"BZh", "bzip2 content", "Compress with gzip, or not at all."),
    (b"\x28\xb5\x2f\xfd", "zstandard content", "Compress with gzip, or not at all."),
    (b"\xfd7zXZ", "xz content", "Compress with gzip, or not at all."),
    (GZIP, "gzip within gzip", "Compress once."),
)


def recognise_format(head: bytes) -> Reader | None:
    """The reader whose format the (decompressed) first bytes have, whatever the file is called."""
    return next((reader for reader in READERS.values() if reader.recognises(head)), None)


def reader_for(head: bytes) -> Reader:
    """As ``recognise_format``.

    Raises:
        FileRejected: no format fits; says what the file seems to be instead.
    """
    reader = recognise_format(head)
    if reader is not None:
        return reader
    text = decode(head).strip()
    if not text:
        raise FileRejected("file", "", "the file is empty", "Land a file with rows.")
    if text[0] == "[":
        raise FileRejected(
            "file",
            text[:40],
            "the file is one JSON array",
            "Write one object a line (JSON Lines), without brackets.",
        )
    for magic, what, remedy in _FOREIGN:
        if head.lstrip().startswith(magic):
            raise FileRejected("file", "", f"the file is {what}", remedy)
    raise FileRejected(
        "file", text.splitlines()[0][:40], f"the content is none of {', '.join(READERS)}",
        "Land JSON Lines, CSV with a header line, or Parquet.",
    )  # fmt: skip
