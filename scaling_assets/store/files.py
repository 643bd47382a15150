"""A database file seen from outside: which state it is in, and how another takes its place.

What belongs here: bytes on disk. What does not: locks, and when it may be done (``duckdb``).
"""

import os
import shutil
from pathlib import Path


def generation(file: Path) -> bytes:
    """Size and the three header blocks: each checkpoint counts on in one of them (times are too coarse)."""
    with file.open("rb") as opened:
        return file.stat().st_size.to_bytes(8, "big") + opened.read(3 * 4096)


def replace_whole(source: Path, target: Path) -> None:
    """Copy a file aside and rename the copy: whoever opens the target finds the former one or the new one, whole."""
    aside = target.parent / f".{target.stem}.{os.getpid()}.tmp"
    shutil.copyfile(source, aside)
    _sync(aside)
    aside.replace(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
