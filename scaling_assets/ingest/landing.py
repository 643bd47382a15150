"""The landing folder: which files are new and complete, still being written, or changed.

Nothing in the folder is ever written, moved or removed. A look reads names, sizes and times; only
of files that are not known yet it reads the last bytes, to see whether their writer has finished.

When a file counts as finished: it has lain quiet for ``settle_s``, and its end is whole (a closing
mark in Parquet and gzip, a newline or a closed object in JSON Lines, a newline in CSV). A file whose
end is not whole may belong to a slow writer, so it has to lie quiet for ``PATIENCE`` times as long.
After that nobody will finish it: it is read, its good rows are taken in, and a last line that breaks
off ends in quarantine like any other bad row. Waiting for ever would hide the good rows and the fault.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from scaling_assets.ingest.content import GZIP, gzip_is_complete, hash_file, head_of, tail_of
from scaling_assets.ingest.formats import recognise_format
from scaling_assets.ingest.recognise import recognise
from scaling_assets.ingest.source import read_source
from scaling_assets.records.observation import FileStamp

__all__ = ["Scan", "hash_file", "read_source", "recognise", "scan"]

PATIENCE = 30
UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".filepart", ".swp", "~")
#: For people, not for us: a landing folder explains itself.
DOCUMENTATION = frozenset({"readme", "readme.md", "readme.txt"})
#: A clock of another machine may be ahead; a time further in the future is no clock, but a mistake.
CLOCK_SKEW_NS = 24 * 3_600 * 1_000_000_000


@dataclass(frozen=True)
class Scan:
    """A look at the folder. Stamps are sorted by path.

    ``ready``: new and complete. ``unsettled``: perhaps still being written, look again later.
    ``changed``: known, but size or time differ; whether the content does, its hash tells
    (``hash_file``): the same content is a duplicate. ``ignored``: path -> why it is not looked at.
    """

    ready: tuple[FileStamp, ...]
    unsettled: tuple[FileStamp, ...]
    changed: tuple[FileStamp, ...]
    ignored: Mapping[str, str]


def scan(landing: Path, known: Mapping[str, FileStamp], *, settle_s: float, now_ns: int) -> Scan:
    """Look at the landing folder once; a folder that does not exist holds nothing.

    Args:
        known: newest stamp of every path that was dealt with before.
        settle_s: seconds without a change after which a file counts as quiet.
        now_ns: the present, in nanoseconds since 1970.
    """
    ready: list[FileStamp] = []
    unsettled: list[FileStamp] = []
    changed: list[FileStamp] = []
    ignored: dict[str, str] = {}
    root = landing.resolve()
    for name, entry in _files(root, ignored):
        try:
            status = entry.stat()
        except OSError:
            continue  # it vanished, or cannot be looked at: the next look decides
        stamp = FileStamp(name, status.st_size, status.st_mtime_ns)
        before = known.get(stamp.path)
        if before == stamp:
            continue
        quiet_ns = now_ns - stamp.mtime_ns
        if -CLOCK_SKEW_NS <= quiet_ns < settle_s * 1e9:
            unsettled.append(stamp)
        elif before is not None:
            changed.append(stamp)
        elif 0 <= quiet_ns < PATIENCE * settle_s * 1e9 and not _is_whole(root / name):
            unsettled.append(stamp)
        else:
            ready.append(stamp)

    def by_path(stamps: list[FileStamp]) -> tuple[FileStamp, ...]:
        return tuple(sorted(stamps, key=lambda stamp: stamp.path))

    return Scan(by_path(ready), by_path(unsettled), by_path(changed), dict(sorted(ignored.items())))


def _files(root: Path, ignored: dict[str, str]) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Every file worth a look, at any depth, by its name relative to the root.

    Symbolic links to folders are not followed. Names are joined as text: this runs several times a
    second over all files, and paths as objects would cost most of it.
    """
    folders = [""]
    while folders:
        prefix = folders.pop()
        try:
            entries = list(os.scandir(root / prefix))
        except FileNotFoundError:
            continue
        except OSError as error:
            ignored[prefix.rstrip("/") or "."] = f"cannot be listed: {error.strerror}"
            continue
        for entry in entries:
            if _is_passed_over(entry.name):
                continue
            name = prefix + entry.name
            if not _is_text(name):
                shown = name.encode("utf-8", "backslashreplace").decode()
                ignored[shown] = "its name is not UTF-8: rename it"
            elif entry.is_symlink():
                problem = _link_problem(root, root / name)
                if problem:
                    ignored[name] = problem
                else:
                    yield name, entry
            elif entry.is_dir():
                folders.append(f"{name}/")
            elif entry.is_file():
                yield name, entry
            else:
                ignored[name] = "neither a file nor a folder"


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _link_problem(root: Path, link: Path) -> str:
    if not link.exists() or not link.resolve().is_relative_to(root):
        return "a symbolic link that leaves the landing folder: copy the file instead"
    return "a symbolic link to a folder: its files are read where they lie" if link.is_dir() else ""


def _is_passed_over(name: str) -> bool:
    lowered = name.lower()
    return name.startswith(".") or lowered.endswith(UNFINISHED) or lowered in DOCUMENTATION


def _is_whole(path: Path) -> bool:
    """False when the end of the file shows that its writer has not finished (or not begun)."""
    try:
        tail = tail_of(path)
        if not tail:
            return False
        with path.open("rb") as file:
            is_gzip = file.read(2) == GZIP
        if is_gzip:
            return gzip_is_complete(path)
        head, _ = head_of(path)
        reader = recognise_format(head)
        return reader is None or reader.is_complete(head, tail)
    except OSError:
        return False
