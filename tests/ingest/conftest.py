"""One experiment that has a column of every type, and files of its runs in every format."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scaling_assets.ingest import Limits, read_source
from scaling_assets.records.experiment import Column, Context, Dimension, Experiment, Metric
from scaling_assets.records.observation import FileStamp, Source

GOOD: tuple[dict[str, Any], ...] = tuple(
    {
        "run_id": f"r{i}",
        "seed": (42, 123)[i % 2],
        "step": i,
        "condition": "AB"[i % 2],
        "observed_at": f"2026-03-01T12:0{i}:00Z",
        "agents": 2.0**i,
        "task": ("low", "mid", "high")[i % 3],
        "tokens": 100 * i,
        "is_merged": i % 2 == 0,
        "note": f"run {i}",
        "ended_at": "2026-03-01T13:00:00+02:00",
        "accuracy": 0.5 + 0.1 * i,
        "loss": 3.25 - 0.5 * i,
    }
    for i in range(4)
)


@pytest.fixture
def experiment() -> Experiment:
    return Experiment(
        name="agents_test",
        title="All kinds of columns",
        mode="measured",
        dimensions=(Dimension(name="agents", unit="agents", upper=64),),
        context=(Context(name="task", order=("low", "mid", "high"), minimum="mid"),),
        columns=(
            Column(name="tokens", type="integer", lower=0),
            Column(name="is_merged", type="boolean"),
            Column(name="note", type="text", required=False),
            Column(name="ended_at", type="timestamp", required=False),
        ),
        metrics=(
            Metric(name="accuracy", lower=0, upper=1),
            Metric(name="loss", unit="nats", required=False),
            Metric(name="double_loss", formula="2 * loss"),
        ),
        conditions=("A", "B"),
        seeds=(42, 123),
    )


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    return [dict(row) for row in GOOD]


def stamp_of(path: Path, landing: Path) -> FileStamp:
    status = path.stat()
    return FileStamp(path.relative_to(landing).as_posix(), status.st_size, status.st_mtime_ns)


Read = Callable[..., Source]


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    folder = tmp_path / "landing"
    folder.mkdir()
    return folder


@pytest.fixture
def read(landing: Path, experiment: Experiment) -> Read:
    """Put bytes into a file of the landing folder and read it as a source."""

    def run(
        content: bytes | str,
        path: str = "agents_test/runs.txt",
        experiments: Mapping[str, Experiment] | None = None,
        limits: Limits | None = None,
    ) -> Source:
        file = landing / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        known = experiments if experiments is not None else {experiment.name: experiment}
        source = read_source(file, stamp_of(file, landing), known, limits=limits or Limits())
        assert source.rows_read == sum(len(a.rows) for a in source.accepted) + len(source.rejected)
        return source

    return run


def _as_csv(rows: list[dict[str, Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(dict.fromkeys(k for row in rows for k in row)), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _as_jsonl(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def _as_parquet(rows: list[dict[str, Any]]) -> bytes:
    columns = {}
    for name in dict.fromkeys(k for row in rows for k in row):
        values = [row.get(name) for row in rows]
        if len({type(v) for v in values if v is not None} - {int, float}) > 1 or _is_mixed(values):
            values = [None if v is None else str(v) for v in values]  # Arrow wants one type a column
        columns[name] = values
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def _is_mixed(values: list[Any]) -> bool:
    return any(isinstance(v, str) for v in values) and not all(isinstance(v, str | None) for v in values)


#: format -> (writer, physical line of the first row)
WRITERS: dict[str, tuple[Callable[[list[dict[str, Any]]], bytes], int]] = {
    "csv": (_as_csv, 2),
    "jsonl": (_as_jsonl, 1),
    "parquet": (_as_parquet, 1),
}


@pytest.fixture(params=sorted(WRITERS))
def file_format(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def written(file_format: str) -> tuple[Callable[[list[dict[str, Any]]], bytes], int]:
    return WRITERS[file_format]


@pytest.fixture
def as_csv() -> Callable[[list[dict[str, Any]]], bytes]:
    return _as_csv


@pytest.fixture
def as_jsonl() -> Callable[[list[dict[str, Any]]], bytes]:
    return _as_jsonl


@pytest.fixture
def stamp(landing: Path) -> Callable[[str], FileStamp]:
    return lambda path: stamp_of(landing / path, landing)
