"""The bytes of a file: hashed, decompressed, decoded, each within bounds.

What belongs here: everything about bytes that does not depend on a format.
"""

import codecs
import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path

from scaling_assets.errors import FileChanging, UnreadableFile
from scaling_assets.ingest.reader import FileRejected, Limits
from scaling_assets.records.observation import FileStamp

GZIP = b"\x1f\x8b"
HEAD = 65_536
CHUNK = 1 << 20


@dataclass(frozen=True)
class Content:
    """A file's own bytes and their SHA-256: hash and rows come from one and the same reading."""

    data: bytes
    source_id: str


def load(path: Path, stamp: FileStamp, limits: Limits) -> Content:
    """Read the file once, whole, and make sure that it held still meanwhile.

    Raises:
        FileNotFoundError: it is gone.
        FileChanging: size or time differ from the stamp, before or after.
        FileRejected: larger than the limit.
        UnreadableFile: the operating system refuses.
    """
    if stamp.size_bytes > limits.max_bytes:
        raise too_large(stamp.size_bytes, limits)
    digest = hashlib.sha256()
    chunks: list[bytes] = []
    total = 0
    try:
        with path.open("rb") as file:
            _still(path, stamp)
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                chunks.append(chunk)
                total += len(chunk)
                if total > stamp.size_bytes:  # it grows while we read: no need to follow it
                    raise FileChanging(path=stamp.path)
        _still(path, stamp)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UnreadableFile(
            path=stamp.path, format="a file", problem=error.strerror or str(error)
        ) from error
    return Content(b"".join(chunks), digest.hexdigest())


def _still(path: Path, stamp: FileStamp) -> None:
    now = path.stat()
    if (now.st_size, now.st_mtime_ns) != (stamp.size_bytes, stamp.mtime_ns):
        raise FileChanging(path=stamp.path)


def hash_file(path: Path) -> str:
    """SHA-256 of the file's bytes, streamed: the ``source_id`` that the file would have."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def refused(path: str, error: OSError) -> UnreadableFile:
    """The error about a file that the operating system does not let us read."""
    return UnreadableFile(path=path, format="a file", problem=error.strerror or str(error))


def too_large(size: int, limits: Limits) -> FileRejected:
    """The finding about a file beyond the limit."""
    return FileRejected(
        "file", f"{size} bytes", f"the file is larger than {limits.max_file_mb:g} MB",
        "Split it, or raise max_file_mb under [landing] in lab.toml.",
    )  # fmt: skip


def decompress(data: bytes, limits: Limits) -> bytes:
    """The content inside gzip (several members too), or the data as it is.

    A stream that stops early gives what it held so far: the reader then finds the torn last line.

    Raises:
        FileRejected: larger than the limit once decompressed, or damaged.
    """
    if not data.startswith(GZIP):
        return data
    out = bytearray()
    rest = data
    while rest.startswith(GZIP):
        inflater = zlib.decompressobj(wbits=31)
        try:
            out += inflater.decompress(rest, limits.max_bytes + 1 - len(out))
        except zlib.error as error:
            raise FileRejected(
                "file",
                "",
                f"the gzip content is damaged: {error}",
                "Compress the file again and land it anew.",
            ) from error
        if len(out) > limits.max_bytes:
            raise too_large(len(out), limits)
        if not inflater.eof:
            break
        rest = inflater.unused_data
    return bytes(out)


def gzip_is_complete(path: Path) -> bool:
    """True when every gzip member of the file reaches its end mark. Bounded memory."""
    inflater = zlib.decompressobj(wbits=31)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            while chunk:
                try:
                    inflater.decompress(chunk, CHUNK)
                except zlib.error:
                    return True  # damaged, which waiting does not mend: let the reader say so
                chunk = inflater.unconsumed_tail
                if inflater.eof:
                    chunk = inflater.unused_data
                    if not chunk.startswith(GZIP):
                        return not chunk.strip(b"\0") and not file.peek(1)[:1].strip(b"\0")
                    inflater = zlib.decompressobj(wbits=31)
    return inflater.eof


def head_of(path: Path, size: int = HEAD) -> tuple[bytes, bool]:
    """The first decompressed bytes, and whether they are the whole content."""
    with path.open("rb") as file:
        data = file.read(size + 1)
    is_whole = len(data) <= size
    if not data.startswith(GZIP):
        return data[:size], is_whole
    inflater = zlib.decompressobj(wbits=31)
    try:
        head = inflater.decompress(data, size)
    except zlib.error:
        return b"", False
    return head, is_whole and inflater.eof and not inflater.unused_data


def tail_of(path: Path, size: int = HEAD) -> bytes:
    """The last bytes as they are on disk."""
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - size))
        return file.read(size)


def decode(data: bytes) -> str:
    """Text of the data: UTF-8 (with or without a byte order mark), or UTF-16 with one.

    Bytes that are no UTF-8 stay recognisable (surrogate escapes), so that the line can be named.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    return data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")


ENCODING_REASON = "the line holds bytes that are not UTF-8"
ENCODING_REMEDY = "Save the file as UTF-8 (it looks like Latin-1 or Windows-1252)."


def is_broken(text: str) -> bool:
    """True when the text holds bytes that were no UTF-8 (or lone surrogates)."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False
