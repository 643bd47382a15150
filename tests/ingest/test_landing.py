"""Which files are ready, unsettled, changed; nothing in the folder is ever touched."""

import gzip
import io
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scaling_assets.ingest import Scan, hash_file, scan
from scaling_assets.records.observation import FileStamp

NOW = 1_800_000_000_000_000_000
SECOND = 1_000_000_000
CSV = b"run_id,users\nr1,2\n"
JSONL = b'{"run_id": "r1"}\n'


def parquet() -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"run_id": ["r1"]}), out)
    return out.getvalue()


def put(landing: Path, name: str, content: bytes = CSV, age_s: float = 5) -> Path:
    path = landing / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    moment = NOW - int(age_s * SECOND)
    os.utime(path, ns=(moment, moment))
    return path


def look(landing: Path, known: dict[str, FileStamp] | None = None, settle_s: float = 1) -> Scan:
    return scan(landing, known or {}, settle_s=settle_s, now_ns=NOW)


def names(stamps: tuple[FileStamp, ...]) -> list[str]:
    return [stamp.path for stamp in stamps]


def test_files_at_any_depth_are_found_in_order(landing: Path) -> None:
    for name in ("b.csv", "a/x.jsonl", "a/b/c/d/e/deep.txt"):
        put(landing, name, JSONL if name.endswith("jsonl") else CSV)
    found = look(landing)
    assert names(found.ready) == ["a/b/c/d/e/deep.txt", "a/x.jsonl", "b.csv"]
    assert found.ready[2] == FileStamp("b.csv", len(CSV), NOW - 5 * SECOND)
    assert (found.unsettled, found.changed, found.ignored) == ((), (), {})


def test_a_folder_that_does_not_exist_holds_nothing(landing: Path) -> None:
    assert look(landing / "none") == Scan((), (), (), {})


@pytest.mark.parametrize(
    "name",
    [".hidden.csv", ".git/x.csv", "a.csv.tmp", "a.part", "a.partial", "a.crdownload", "a.csv~", "README.md",
     "readme.txt", "A.TMP"],
)  # fmt: skip
def test_names_that_are_passed_over(landing: Path, name: str) -> None:
    put(landing, name)
    assert look(landing) == Scan((), (), (), {})


@pytest.mark.parametrize(
    ("age_s", "is_ready"),
    [(0, False), (0.9, False), (1.0, True), (-30, False), (-90_000, True)],
    ids=["now", "almost", "quiet", "clock ahead", "no clock is a day ahead"],
)
def test_quiet_for_settle_s(landing: Path, age_s: float, is_ready: bool) -> None:
    put(landing, "x.csv", age_s=age_s)
    found = look(landing)
    assert names(found.ready if is_ready else found.unsettled) == ["x.csv"]


UNFINISHED = {
    "csv without a last newline": CSV[:-1],
    "csv in the middle of a row": b"run_id,users\nr1,2\nr",
    "csv header alone, unended": b"run_id,us",
    "json lines in the middle of an object": JSONL + b'{"run_id": "r',
    "parquet without its end": parquet()[:-4],
    "parquet that has only begun": b"PAR1",
    "gzip without its end": gzip.compress(CSV)[:-6],
    "empty": b"",
}


@pytest.mark.parametrize("content", UNFINISHED.values(), ids=UNFINISHED)
def test_an_unfinished_end_has_to_be_quiet_thirty_times_as_long(landing: Path, content: bytes) -> None:
    put(landing, "x", content, age_s=29)
    assert names(look(landing).unsettled) == ["x"]
    put(landing, "x", content, age_s=30)
    assert names(look(landing).ready) == ["x"]


FINISHED = {
    "csv": CSV,
    "utf-16 csv": "a,b\n1,2\n".encode("utf-16-le").join([b"\xff\xfe", b""]),
    "json lines": JSONL,
    "json lines without a last newline": JSONL[:-1],
    "parquet": parquet(),
    "gzip": gzip.compress(CSV),
    "gzip members": gzip.compress(CSV) + gzip.compress(b"r2,3\n"),
    "no format of ours": b"\x00\x01\x02",
}


@pytest.mark.parametrize("content", FINISHED.values(), ids=FINISHED)
def test_a_whole_end_is_ready_at_once(landing: Path, content: bytes) -> None:
    put(landing, "x", content, age_s=1)
    assert names(look(landing).ready) == ["x"]


def test_known_files_are_not_looked_at_again(landing: Path) -> None:
    path = put(landing, "x.csv")
    known = {s.path: s for s in look(landing).ready}
    path.chmod(0)
    assert look(landing, known) == Scan((), (), (), {})


@pytest.mark.parametrize("change", ["content", "time"])
def test_a_known_file_with_another_stamp_is_changed(landing: Path, change: str) -> None:
    path = put(landing, "x.csv")
    before = hash_file(path)
    known = {s.path: s for s in look(landing).ready}
    put(landing, "x.csv", CSV + b"r2,3\n" if change == "content" else CSV, age_s=3)
    found = look(landing, known)
    assert (names(found.changed), found.ready) == (["x.csv"], ())
    assert (hash_file(path) == before) == (change == "time")  # what tells touched from changed
    put(landing, "x.csv", CSV + b"r2,3\n", age_s=0)
    assert names(look(landing, known).unsettled) == ["x.csv"]  # still being changed


def test_symbolic_links(landing: Path, tmp_path: Path) -> None:
    put(landing, "inside/x.csv")
    put(tmp_path, "outside.csv")
    (landing / "out.csv").symlink_to(tmp_path / "outside.csv")
    (landing / "out").symlink_to(tmp_path)
    (landing / "dangling.csv").symlink_to(landing / "none.csv")
    (landing / "loop").symlink_to(landing)
    (landing / "same.csv").symlink_to(landing / "inside/x.csv")
    found = look(landing)
    assert names(found.ready) == ["inside/x.csv", "same.csv"]
    assert set(found.ignored) == {"out.csv", "out", "dangling.csv", "loop"}
    assert "leaves the landing folder" in found.ignored["out.csv"]


def test_things_that_are_no_files(landing: Path) -> None:
    os.mkfifo(landing / "pipe.csv")
    assert look(landing).ignored == {"pipe.csv": "neither a file nor a folder"}


def test_names_that_are_no_text(landing: Path) -> None:
    (landing / os.fsdecode(b"caf\xe9.csv")).write_bytes(CSV)
    assert look(landing).ignored == {"caf\\udce9.csv": "its name is not UTF-8: rename it"}


def test_thousands_of_known_files_are_looked_at_quickly(landing: Path) -> None:
    for i in range(2_000):
        (landing / f"{i}.csv").touch()
    later = time.time_ns() + 60 * SECOND
    known = {s.path: s for s in scan(landing, {}, settle_s=1, now_ns=later).ready}
    assert len(known) == 2_000
    start = time.process_time()
    assert scan(landing, known, settle_s=1, now_ns=later).ready == ()
    assert time.process_time() - start < 0.5


WRITER = """
import sys, time
kind, path = sys.argv[1:]
rows = 25
with open(path, "wb", buffering=0) as file:
    if kind == "csv":
        file.write(b"run_id,users\\n")
    for i in range(rows):
        row = b"run-%d,%d" % (i, 1000 + i) if kind == "csv" else b'{"run_id": "run-%d", "users": %d}' % (i, 1000 + i)
        for piece in (row[:5], row[5:-1], row[-1:] + b"\\n"):
            file.write(piece)
            time.sleep(0.02)
"""


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_slow_writer_is_never_read_early(landing: Path, kind: str, read: Any, experiment: Any) -> None:
    """A real process writes for about 1.5 s in small pieces while the folder is looked at all the time.

    It pauses less than settle_s at a time, as a writer does; the file is ready only when it is whole.
    """
    path = landing / f"slow.{kind}"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, kind, str(path)])
    sizes, seen_unsettled = [], 0
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = scan(landing, {}, settle_s=0.5, now_ns=time.time_ns())
        seen_unsettled += len(found.unsettled)
        if found.ready:
            sizes = [stamp.size_bytes for stamp in found.ready]
            break
        time.sleep(0.01)
    assert writer.wait(timeout=10) == 0
    assert seen_unsettled > 20
    assert sizes == [path.stat().st_size]
    assert path.read_bytes().count(b"run-") == 25


def test_nothing_in_the_folder_is_touched(landing: Path, read: Any, as_csv: Any, rows: Any) -> None:
    rows[1]["agents"] = "bad"
    read(as_csv(rows), path="agents_test/a.csv")
    put(landing, "agents_test/b.jsonl", b"nonsense")
    before = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in landing.rglob("*") if p.is_file()}
    for path in list(before):
        path.chmod(0o444)
    read(as_csv(rows), path="agents_test/other.csv")
    look(landing)
    (landing / "agents_test/other.csv").unlink()
    assert {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in landing.rglob("*") if p.is_file()} == before
