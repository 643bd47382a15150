"""Write a file aside and rename it: readers see the old content or the new, never half of either."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


def write_aside(path: Path, content: bytes) -> Path:
    """Replace the file's content in one step; returns the path."""
    with aside(path) as temporary:
        temporary.write_bytes(content)
    return path


@contextlib.contextmanager
def aside(path: Path) -> Iterator[Path]:
    """A temporary name in the same folder to write to; renamed when the block ends well, else removed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
