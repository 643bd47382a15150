"""A source's identity, its sums, and a file that does not hold still."""

import hashlib
import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scaling_assets.errors import FileChanging, UnreadableFile
from scaling_assets.ingest import content as content_module
from scaling_assets.ingest import read_source
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.identity import content_id
from scaling_assets.records.observation import FileStamp


def test_identities(read: Any, as_csv: Any, rows: Any, experiment: Experiment) -> None:
    data = as_csv(rows)
    source = read(data)
    assert source.source_id == hashlib.sha256(data).hexdigest()
    frame = source.accepted[0].rows
    assert "observation_id" not in frame  # without a key, (source, line) is the identity
    keyed = experiment.model_copy(update={"key": ("run_id", "step", "agents", "is_merged", "observed_at")})
    frame = read(data, experiments={"agents_test": keyed}).accepted[0].rows
    first = ["r0", 0, 1.0, True, "2026-03-01T12:00:00+00:00"]
    assert frame["observation_id"][0] == content_id("agents_test", first)
    values = {
        "run_id": "r0", "seed": 42, "step": 0, "condition": "A", "observed_at": "2026-03-01T12:00:00+00:00",
        "is_simulated": False, "agents": 1.0, "task": "low", "tokens": 0, "is_merged": True, "note": "run 0",
        "ended_at": "2026-03-01T11:00:00+00:00", "accuracy": 0.5, "loss": 3.25,
    }  # fmt: skip
    assert frame["content"][0] == content_id(values)


def test_text_beyond_ascii_has_the_same_identity(
    read: Any, as_csv: Any, rows: Any, experiment: Experiment
) -> None:
    rows[0]["run_id"] = 'Ω "x" \\ 日本'
    keyed = experiment.model_copy(update={"key": ("run_id",)})
    frame = read(as_csv(rows), experiments={"agents_test": keyed}).accepted[0].rows
    assert frame["observation_id"][0] == content_id("agents_test", ['Ω "x" \\ 日本'])


def test_an_optional_column_declared_later_does_not_change_old_content(
    read: Any, as_csv: Any, rows: Any, experiment: Experiment
) -> None:
    keyed = experiment.model_copy(update={"key": ("run_id",)})
    older = keyed.model_copy(update={"columns": keyed.columns[:2]})
    for row in rows:
        del row["note"], row["ended_at"]
    before = read(as_csv(rows), experiments={"agents_test": older}).accepted[0].rows
    after = read(as_csv(rows), experiments={"agents_test": keyed}).accepted[0].rows
    assert before["content"].tolist() == after["content"].tolist()


def test_a_sweep_goes_to_its_experiment(
    landing: Path, experiment: Experiment, as_jsonl: Any, rows: Any
) -> None:
    path = landing / "0123.jsonl"
    path.write_bytes(as_jsonl(rows))
    status = path.stat()
    stamp = FileStamp("sweep:agents_test/0123.jsonl", status.st_size, status.st_mtime_ns)
    source = read_source(path, stamp, {"agents_test": experiment}, origin="sweep")
    assert (source.origin, source.rejected, source.stamp) == ("sweep", (), stamp)


BAD_VALUES = st.sampled_from(["", "NaN", "1,000", "5 ms", "x", "-1", "1e400", '"', "\x00", "Ω", "0", "TRUE"])
FIELDS = st.sampled_from(
    ["run_id", "agents", "task", "tokens", "is_merged", "accuracy", "condition", "observed_at"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    spoil=st.lists(st.tuples(st.integers(0, 3), FIELDS, BAD_VALUES), max_size=8),
    noise=st.lists(st.sampled_from(["", ",,,", "a,b", '"', "\udcff"]), max_size=4),
    keyed=st.booleans(),
)
def test_any_mixture_keeps_the_sum(
    read: Any, as_csv: Any, rows: Any, experiment: Experiment, spoil: Any, noise: Any, keyed: bool
) -> None:
    rows = [dict(row) for row in rows]
    for i, field, value in spoil:
        rows[i][field] = value
    text = as_csv(rows).decode() + "".join(line + "\n" for line in noise)
    data = text.encode("utf-8", "surrogateescape")
    declared = experiment.model_copy(update={"key": ("run_id",) if keyed else ()})
    source = read(data, experiments={"agents_test": declared})  # the fixture checks the sum
    touched = {r.line for r in source.rejected} | {n for a in source.accepted for n in a.rows["line"]}
    assert len(touched) == source.rows_read  # every line is on one side, and on one only
    for rejection in source.rejected:
        assert rejection.reason and rejection.remedy and rejection.field
        (rejection.value + rejection.raw + rejection.reason).encode()  # a database can keep it


# -- files that do not hold still -----------------------------------------------------------------------


def test_a_stamp_that_is_old_is_noticed(landing: Path, experiment: Experiment, stamp: Any) -> None:
    path = landing / "agents_test.csv"
    path.write_text("a,b\n1,2\n")
    old = stamp("agents_test.csv")
    path.write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(FileChanging):
        read_source(path, old, {"agents_test": experiment})


def test_a_file_that_grows_while_it_is_read(
    landing: Path, experiment: Experiment, stamp: Any, as_csv: Any, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is read in small chunks, and after the first one another writer appends to it."""
    path = landing / "agents_test.csv"
    path.write_bytes(as_csv(rows))
    before = stamp("agents_test.csv")
    still = content_module._still
    calls = []

    def append_after_the_first_look(p: Path, s: FileStamp) -> None:
        still(p, s)
        if not calls:
            calls.append(p)
            with path.open("ab") as file:
                file.write(b"more\n")

    monkeypatch.setattr(content_module, "_still", append_after_the_first_look)
    with pytest.raises(FileChanging):
        read_source(path, before, {"agents_test": experiment})
    assert issubclass(FileChanging, UnreadableFile)


def test_a_file_rewritten_with_the_same_size_is_noticed_by_its_time(
    landing: Path, experiment: Experiment, stamp: Any
) -> None:
    path = landing / "agents_test.csv"
    path.write_text("a,b\n1,2\n")
    old = stamp("agents_test.csv")
    path.write_text("a,b\n1,3\n")
    os.utime(path, ns=(old.mtime_ns + 1, old.mtime_ns + 1))
    with pytest.raises(FileChanging):
        read_source(path, old, {"agents_test": experiment})


def test_a_file_that_is_gone(landing: Path, experiment: Experiment) -> None:
    with pytest.raises(FileNotFoundError):
        read_source(landing / "x.csv", FileStamp("x.csv", 1, 1), {"agents_test": experiment})


@pytest.mark.slow
def test_two_hundred_thousand_rows(read: Any, experiment: Experiment) -> None:
    """Sanity, not a benchmark: far from quadratic. Measured: about 5 s of one slow, shared core."""
    header = "run_id,condition,agents,task,tokens,is_merged,accuracy\n"
    text = header + "".join(f"r{i},A,{1 + i % 64},low,{i},yes,0.{i}\n" for i in range(200_000))
    start = time.process_time()
    source = read(text)
    assert len(source.accepted[0].rows) == 200_000
    assert time.process_time() - start < 30
