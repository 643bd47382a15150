"""Which experiment a file, or each of its rows, belongs to.

Asked in this order: the folder inside landing (nearest first), an ``experiment`` column in the rows,
the file's name up to a point, hyphen or underscore, the only experiment whose columns are all there.
"""

import io
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.parquet as pq

from scaling_assets.ingest.content import head_of, refused
from scaling_assets.ingest.expected import EXPERIMENT, missing_columns
from scaling_assets.ingest.formats import recognise_format
from scaling_assets.ingest.reader import FileRejected, Limits
from scaling_assets.records.experiment import Experiment

#: Rows that name their experiment themselves are looked through up to here; ``read_source`` reads all.
LOOKED_THROUGH = 8_000_000
_LIMITS = Limits(max_rows=10_000_000)


def by_folder(path: str, experiments: Mapping[str, Experiment]) -> str | None:
    """The experiment named by the nearest folder of a path relative to landing."""
    return next((part for part in reversed(PurePosixPath(path).parts[:-1]) if part in experiments), None)


def by_file_name(path: str, experiments: Mapping[str, Experiment]) -> str | None:
    """The experiment (the longest, when several fit) whose name starts the file's name."""
    name = PurePosixPath(path).name
    fitting = [
        e for e in experiments if name.startswith(e) and name[len(e) : len(e) + 1] in (".", "-", "_", "")
    ]
    return max(fitting, key=len, default=None)


def by_columns(seen: tuple[str, ...], experiments: Mapping[str, Experiment]) -> tuple[str, ...]:
    """Experiments all of whose required columns the file has."""
    return tuple(n for n, e in experiments.items() if not missing_columns(e, seen))


def one_experiment(path: str, seen: tuple[str, ...], experiments: Mapping[str, Experiment]) -> str:
    """The experiment of all rows that do not name one themselves.

    Raises:
        FileRejected: none or several fit.
    """
    named = by_folder(path, experiments) or by_file_name(path, experiments)
    if named is not None:
        return named
    fitting = by_columns(seen, experiments)
    if len(fitting) == 1:
        return fitting[0]
    place = "Put the file into landing/<experiment>/, or add an 'experiment' column."
    if fitting:
        raise FileRejected(
            "experiment", "", f"the columns fit several experiments: {', '.join(fitting)}", place
        )
    nearest = min(
        experiments,
        key=lambda n: len(missing_columns(experiments[n], seen)),
        default=None,
    )
    if nearest is None:
        raise FileRejected(
            "experiment", "", "the lab declares no experiment", "Declare one under experiments/."
        )
    missing = missing_columns(experiments[nearest], seen)
    raise FileRejected(
        "experiment", "", "the columns fit no declared experiment; "
        f"{nearest} comes closest and lacks {', '.join(missing)}", place,
    )  # fmt: skip


def recognise(path: Path, landing: Path, experiments: Mapping[str, Experiment]) -> tuple[str, ...]:
    """Experiments that the file has rows for, as far as its name and first rows tell; () when none.

    Cheap: reads the head of the file, and its first 8 MB only when the rows name their experiment.

    Raises:
        FileNotFoundError: it is gone. UnreadableFile: the operating system refuses.
    """
    relative = path.relative_to(landing).as_posix()
    folder = by_folder(relative, experiments)
    if folder is not None:
        path.stat()  # a file that is gone is not recognised
        return (folder,)
    try:
        head, is_whole = head_of(path)
        reader = recognise_format(head)
        if reader is None:
            return ()
        if reader.name == "parquet":
            return _of_parquet(path, relative, experiments)
        seen = reader.columns(head, is_whole=is_whole)
        if EXPERIMENT in seen:
            if not is_whole:
                head, is_whole = head_of(path, LOOKED_THROUGH)
            table = reader.read(head, (EXPERIMENT,), _LIMITS)
            return _named(table.columns.get(EXPERIMENT, []), relative, experiments)
        return (one_experiment(relative, seen, experiments),)
    except FileRejected:
        return ()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise refused(relative, error) from error


def _of_parquet(path: Path, relative: str, experiments: Mapping[str, Experiment]) -> tuple[str, ...]:
    head, _ = head_of(path, _LIMITS.max_bytes)  # the names of a Parquet file's columns stand at its end
    try:
        file = pq.ParquetFile(io.BytesIO(head))
        seen = tuple(file.schema_arrow.names)
        if EXPERIMENT not in seen:
            return (one_experiment(relative, seen, experiments),)
        names = file.read(columns=[EXPERIMENT]).column(EXPERIMENT).unique().to_pylist()
    except (pa.ArrowException, OSError):
        return ()
    return _named(names, relative, experiments)


def _named(names: list[object], relative: str, experiments: Mapping[str, Experiment]) -> tuple[str, ...]:
    found = {str(n).strip() for n in names if n is not None}
    if any(n is None for n in names) and (default := by_file_name(relative, experiments)):
        found.add(default)
    return tuple(name for name in experiments if name in found)
