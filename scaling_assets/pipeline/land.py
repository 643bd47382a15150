"""Take in what lies in the landing folder: each content once, nothing of the folder touched."""

import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from scaling_assets.errors import PathOutsideLab, UnreadableFile
from scaling_assets.ingest import hash_file
from scaling_assets.ingest.landing import Scan, read_source, recognise, scan
from scaling_assets.pipeline.registering import ROWS_COME, register
from scaling_assets.pipeline.workspace import Progress, Workspace
from scaling_assets.records.observation import Appended, FileStamp, LandingStatus, Source


@dataclass(frozen=True)
class LandingReport:
    """What a look at the landing folder came to. Paths are relative to the folder."""

    appended: tuple[Appended, ...]
    unsettled: tuple[str, ...]  # still being written, changed while being read, or for a mistyped experiment
    changed: tuple[str, ...]  # landed before with other content: reported, not read again
    ignored: tuple[str, ...] = ()  # never read, each with the reason: links that leave the folder ...

    @property
    def experiments(self) -> tuple[str, ...]:
        """Experiments that got at least one new row, sorted."""
        return tuple(sorted({name for a in self.appended for name in a.experiments}))


@dataclass(frozen=True)
class Pending:
    """Files that wait to be taken in, and the declared experiments that they have rows for."""

    files: tuple[FileStamp, ...]
    changed: tuple[FileStamp, ...]
    unsettled: tuple[FileStamp, ...]
    experiments: tuple[str, ...]


def look(ws: Workspace, known: Mapping[str, FileStamp] | None = None) -> Scan:
    """Compare the landing folder with the manifest (or what of it is ``known``): names, sizes, times only."""
    return scan(
        ws.lab.landing,
        ws.store.stamps() if known is None else known,
        settle_s=ws.lab.settings.landing.settle_s,
        now_ns=time.time_ns(),
    )


def pending(ws: Workspace) -> Pending:
    """What waits in the landing folder, with the experiments concerned (files are opened, bounded)."""
    found = look(ws)
    names = {n for stamp in found.ready for n in _concerned(ws, stamp)}
    return Pending(found.ready, found.changed, found.unsettled, tuple(sorted(names)))


def land(
    ws: Workspace,
    paths: Sequence[Path] | None = None,
    *,
    only: Collection[str] | None = None,
    progress: Progress | None = None,
) -> LandingReport:
    """Take in every file that is complete and new.

    Args:
        paths: only these files, each inside the landing folder.
        only: only files with rows for one of these experiments, and files that no experiment claims
            (those end in quarantine, where they are seen).

    Raises:
        PathOutsideLab: a path does not lie in the landing folder.
        StoreBusy, StoreUnreachable.
    """
    found = look(ws)
    ready = found.ready
    unsettled = [stamp.path for stamp in found.unsettled]
    if paths is not None:
        chosen = {_relative(ws, path) for path in paths}
        ready = tuple(stamp for stamp in ready if stamp.path in chosen)
        unsettled = [path for path in unsettled if path in chosen]
    chosen_files: list[tuple[FileStamp, tuple[str, ...]]] = []
    for stamp in ready:
        concerned = _concerned(ws, stamp)
        if not concerned and ws.lab.problems:
            unsettled.append(stamp.path)  # it may belong to a declaration that has to be mended first
        elif only is None or not concerned or set(only) & set(concerned):
            chosen_files.append((stamp, concerned))
    appended: list[Appended] = []
    awaited = {name for _, concerned in chosen_files for name in concerned}
    if awaited:
        register(ws, ws.chosen(sorted(awaited)), ROWS_COME)
    for position, (stamp, concerned, source) in enumerate(_sources(ws, chosen_files)):
        if progress:
            progress(position, len(chosen_files), stamp.path)
        if source is None:
            # It moved under our hands. Nothing was taken in, so the next look decides afresh.
            unsettled.append(stamp.path)
            continue
        ws.store.declare(*map(ws.experiment, concerned))
        appended.append(ws.store.append(source, ws.lab.experiments))
    changed = [stamp.path for stamp in found.changed if _note_changed(ws, stamp)]
    if ready or found.changed:
        ws.store.publish()
    ignored = tuple(f"{name}: {reason}" for name, reason in found.ignored.items())
    return LandingReport(tuple(appended), tuple(unsettled), tuple(changed), ignored)


def _sources(
    ws: Workspace, files: Sequence[tuple[FileStamp, tuple[str, ...]]]
) -> Iterator[tuple[FileStamp, tuple[str, ...], Source | None]]:
    """The files read, in order; while one is taken into the store the next is being read."""
    with ThreadPoolExecutor(max_workers=1) as reader:
        ahead: Future[Source | None] | None = None
        for position, (stamp, concerned) in enumerate(files):
            source = (ahead or reader.submit(_read, ws, stamp)).result()
            following = files[position + 1 : position + 2]
            ahead = reader.submit(_read, ws, following[0][0]) if following else None
            yield stamp, concerned, source


def _read(ws: Workspace, stamp: FileStamp) -> Source | None:
    """The file's content, or None when it moved under our hands."""
    path, limits = ws.lab.landing / stamp.path, ws.lab.settings.landing.limits()
    try:
        return read_source(path, stamp, ws.lab.experiments, limits=limits)
    except (UnreadableFile, FileNotFoundError):
        return None


def _note_changed(ws: Workspace, stamp: FileStamp) -> bool:
    """Put a file that looks different from when it landed into the manifest; False when only its time is new."""
    source_id = hash_file(ws.lab.landing / stamp.path)
    if ws.store.has_source(source_id):
        ws.store.note_landing(
            stamp, LandingStatus.DUPLICATE, "touched: its content had landed before", source_id
        )
        return False
    message = "the file changed after it had landed; land the new rows as a new file"
    ws.store.note_landing(stamp, LandingStatus.CHANGED, message, source_id)
    return True


def claimed(ws: Workspace, stamps: Sequence[FileStamp]) -> tuple[FileStamp, ...]:
    """Those files that can be taken in now: all, unless a mistyped declaration may be the one they are for."""
    return tuple(s for s in stamps if not ws.lab.problems or _concerned(ws, s))


def _concerned(ws: Workspace, stamp: FileStamp) -> tuple[str, ...]:
    try:
        found = recognise(ws.lab.landing / stamp.path, ws.lab.landing, ws.lab.experiments)
    except FileNotFoundError:
        return ()
    # While a declaration is mistyped, columns alone do not say whose a file is: its own may be the missing one.
    return tuple(name for name in found if not ws.lab.problems or _is_named(stamp.path, name))


def _is_named(path: str, name: str) -> bool:
    """True when the file lies in the experiment's folder or its name starts with the experiment's."""
    *folders, file = PurePosixPath(path).parts
    return name in folders[:1] or re.match(rf"{name}[._-]", file) is not None


def _relative(ws: Workspace, path: Path) -> str:
    landing = ws.lab.landing.resolve()
    resolved = path.resolve()
    if not resolved.is_relative_to(landing):
        raise PathOutsideLab(path=path, lab=ws.lab.landing, remedy="Copy the file into the landing folder.")
    return resolved.relative_to(landing).as_posix()
