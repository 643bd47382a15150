"""What is particular to one format: line numbers, quoting, encodings, damage, bounds."""

import gzip
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scaling_assets.ingest import Limits

HEADER = "run_id,condition,agents,task,tokens,is_merged,accuracy"


def row(i: int, **changes: str) -> str:
    fields = {"run_id": f"r{i}", "condition": "A", "agents": "2", "task": "low", "tokens": "5",
              "is_merged": "yes", "accuracy": "0.5"} | changes  # fmt: skip
    return ",".join(fields.values())


def findings(source: Any) -> list[tuple[int, str, str]]:
    return [(r.line, r.field, r.reason) for r in source.rejected]


def lines(source: Any) -> list[int]:
    return [line for part in source.accepted for line in part.rows["line"]]


class TestCsv:
    def test_blank_lines_and_all_empty_rows_are_passed_over(self, read: Any) -> None:
        source = read(f"\n{HEADER}\n\n{row(1)}\n   \n,,,,,,\n{row(2)}\n")
        assert (lines(source), findings(source), source.rows_read) == ([4, 7], [], 2)

    @pytest.mark.parametrize("delimiter", [";", "\t", "|"])
    def test_other_delimiters(self, read: Any, delimiter: str) -> None:
        text = f"{HEADER}\n{row(1)}\n".replace(",", delimiter)
        assert lines(read(text)) == [2]

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
    def test_a_byte_order_mark_is_no_part_of_the_first_name(self, read: Any, encoding: str) -> None:
        source = read(f"{HEADER}\r\n{row(1)}\r\n".encode(encoding))
        assert (lines(source), findings(source)) == ([2], [])

    def test_bytes_that_are_no_utf8_spoil_their_own_line(self, read: Any) -> None:
        text = f"{HEADER},note\n{row(1)},good\n{row(2)},Müller\n{row(3)},Ωmega\n"
        data = text.encode().replace("Müller".encode(), "Müller".encode("latin-1"))
        source = read(data)
        assert findings(source) == [(3, "line", "the line holds bytes that are not UTF-8")]
        assert "M\\udcfcller" in source.rejected[0].raw
        assert source.accepted[0].rows["note"].tolist() == ["good", "Ωmega"]

    def test_ragged_rows(self, read: Any) -> None:
        source = read(f"{HEADER}\n{row(1)},more\nr2,A\n{row(3)}\n")
        assert findings(source) == [
            (2, "line", "the row has 8 fields, the header 7"),
            (3, "line", "the row has 2 fields, the header 7"),
        ]
        assert lines(source) == [4]

    def test_quoted_cells_may_hold_delimiters_quotes_and_newlines(self, read: Any) -> None:
        source = read(f'{HEADER},note\n{row(1)},"a, ""b""\nc"\n{row(2)},d\n')
        assert source.accepted[0].rows["note"].tolist() == ['a, "b"\nc', "d"]
        assert lines(source) == [2, 4]

    def test_a_stray_quote_never_swallows_the_rows_after_it(self, read: Any) -> None:
        many = "".join(f"{row(i)},ok\n" for i in range(2, 80))
        source = read(f'{HEADER},note\n{row(1)},"open\n{many}')
        ((line, field, reason),) = findings(source)
        assert (line, field) == (2, "line")
        assert reason.startswith("the quotes of this line do not match")
        assert lines(source) == list(range(3, 81))

    def test_many_stray_quotes_are_read_in_linear_time(self, read: Any) -> None:
        source = read(f"{HEADER},note\n" + "".join(f'{row(i)},"open\n' for i in range(1, 3001, 1)))
        assert source.rows_read >= 1500

    def test_unknown_columns_are_kept_out_and_noted(self, read: Any) -> None:
        source = read(f"{HEADER},gpu,host\n{row(1)},x,y\n")
        assert source.notes == ("2 column(s) not declared and not kept: gpu, host",)
        assert "gpu" not in source.accepted[0].rows

    def test_a_header_without_a_required_column_rejects_the_file_once(self, read: Any) -> None:
        source = read("run_id,condition,agents,task,is_merged\n" + "r,A,1,low,no\n" * 50)
        assert findings(source) == [
            (0, "tokens", "the header lacks tokens, accuracy, which agents_test requires")
        ]
        assert source.rejected[0].experiment == "agents_test"
        assert source.rows_read == 1

    def test_a_name_twice_in_the_header(self, read: Any) -> None:
        assert findings(read(f"{HEADER},task\n{row(1)},x\n")) == [
            (0, "header", "the header names 'task' twice")
        ]

    def test_a_torn_last_line_is_quarantined(self, read: Any) -> None:
        source = read(f"{HEADER}\n{row(1)}\nr2,A,2")
        assert findings(source) == [(3, "line", "the row has 3 fields, the header 7")]

    def test_nul_characters_are_rejected(self, read: Any) -> None:
        source = read(f"{HEADER},note\n{row(1)},a\x00b\n{row(2)},c\n", path="agents_test/x.csv")
        # in the first bytes of the file they mean that it is no text at all
        assert findings(source)[0][:2] == (0, "file")


GOOD = {
    "run_id": "r1",
    "condition": "A",
    "agents": 2,
    "task": "low",
    "tokens": 5,
    "is_merged": True,
    "accuracy": 0.5,
}


class TestJsonLines:
    def line(self, **changes: Any) -> str:
        return json.dumps({**GOOD, **changes}) + "\n"

    @pytest.mark.parametrize(
        ("bad", "field", "reason"),
        [
            (
                '{"run_id": "r2", "agents": 1, "agents": 2}',
                "agents",
                "the key 'agents' stands twice in one object",
            ),
            ("[1, 2]", "line", "a JSON array where an object belongs"),
            ("17", "line", "a JSON number where an object belongs"),
            ("null", "line", "a JSON null where an object belongs"),
            ('{"run_id": "r2",}', "line", None),
            ("r2,A,2,low", "line", None),
            ("{" * 5000, "line", None),
            ('{"a":' * 100_000, "line", "the line is longer than 64 kB"),
            ('{"run_id": ' + "9" * 5000 + "}", "line", "a number with too many digits"),
            ('{"run_id": ' + "[" * 20_000 + "}", "line", "nested too deeply"),
        ],
    )
    def test_a_line_that_is_no_row_spoils_itself_alone(
        self, read: Any, bad: str, field: str, reason: str
    ) -> None:
        source = read(self.line() + bad + "\n" + self.line(run_id="r3"))
        ((line, found_field, found_reason),) = findings(source)
        assert (line, found_field) == (2, field)
        assert found_reason == reason if reason else found_reason.startswith("not JSON at column ")
        assert lines(source) == [1, 3]
        assert source.rejected[0].experiment == "agents_test"

    @pytest.mark.parametrize(
        ("changes", "field", "reason"),
        [
            ({"accuracy": {"value": 0.5}}, "accuracy", "a nested value where a number belongs"),
            ({"task": ["low"]}, "task", "a nested value where text belongs"),
            ({"accuracy": True}, "accuracy", "a boolean where a number belongs"),
            ({"accuracy": float("nan")}, "accuracy", "not a finite number"),
            ({"accuracy": float("inf")}, "accuracy", "not a finite number"),
            ({"run_id": "a\udc80"}, "run_id", "text with characters that no database can keep"),
            ({"run_id": "a\x00b"}, "run_id", "text with characters that no database can keep"),
            ({"tokens": 2**70}, "tokens", "too large for 64 bits"),
            ({"is_merged": 2}, "is_merged", "neither true nor false"),
            ({"agents": None}, "agents", "a required value is missing"),
        ],
    )
    def test_values_that_only_json_can_hold(self, read: Any, changes: Any, field: str, reason: str) -> None:
        assert findings(read(self.line(run_id="r0") + self.line(**changes))) == [(2, field, reason)]

    def test_an_absent_key_is_a_missing_value(self, read: Any) -> None:
        bare = {k: v for k, v in GOOD.items() if k != "accuracy"}
        source = read(json.dumps(bare) + "\n" + self.line())
        assert findings(source) == [(1, "accuracy", "a required value is missing")]

    def test_nested_values_under_unknown_keys_do_no_harm(self, read: Any) -> None:
        source = read(self.line(extra={"deep": [1, {"er": 2}]}))
        assert (findings(source), source.notes) == ([], ("1 column(s) not declared and not kept: extra",))

    def test_numbers_in_quotes_and_numbers_for_text(self, read: Any) -> None:
        source = read(self.line(accuracy="0.25", run_id=17))
        frame = source.accepted[0].rows
        assert (frame["accuracy"][0], frame["run_id"][0]) == (0.25, "17")

    def test_equal_values_of_other_types_are_not_confused(self, read: Any) -> None:
        source = read(self.line(tokens=1) + self.line(tokens=True) + self.line(tokens=1.0))
        assert findings(source) == [(2, "tokens", "a boolean where a number belongs")]

    def test_a_torn_last_line_is_quarantined(self, read: Any) -> None:
        source = read(self.line() + self.line()[:40])
        assert findings(source) == [(2, "line", "the line breaks off")]

    def test_bytes_that_are_no_utf8(self, read: Any) -> None:
        bad = self.line(note="xx").encode().replace(b"xx", b"\xff")
        source = read(self.line().encode() + bad)
        assert findings(source) == [(2, "line", "the line holds bytes that are not UTF-8")]


class TestParquet:
    def table(self, **changes: Any) -> pa.Table:
        columns = {"run_id": ["r1", "r2"], "condition": ["A", "B"], "agents": [1, 2], "task": ["low", "mid"],
                   "tokens": [1, 2], "is_merged": [True, False], "accuracy": [0.1, 0.2]}  # fmt: skip
        return pa.table({**columns, **changes})

    def data(self, table: pa.Table) -> bytes:
        out = pa.BufferOutputStream()
        pq.write_table(table, out)
        return out.getvalue().to_pybytes()

    def test_dictionary_decimal_and_timestamp_columns(self, read: Any) -> None:
        table = self.table(
            task=pa.array(["low", "mid"]).dictionary_encode(),
            accuracy=pa.array([0.1, 0.2]).cast(pa.decimal128(5, 2)),
            ended_at=pa.array(np.array(["2026-03-01T12:00", "2026-03-02T12:00"], dtype="datetime64[ns]")),
        )
        source = read(self.data(table))
        assert findings(source) == []
        assert source.accepted[0].rows["accuracy"].tolist() == [0.1, 0.2]
        assert str(source.accepted[0].rows["ended_at"][0]) == "2026-03-01 12:00:00+00:00"

    def test_nan_is_not_a_missing_value(self, read: Any) -> None:
        source = read(self.data(self.table(accuracy=[0.1, float("nan")])))
        assert findings(source) == [(2, "accuracy", "not a finite number")]

    def test_nested_columns(self, read: Any) -> None:
        source = read(self.data(self.table(accuracy=[[0.1], [0.2]])))
        assert [r[:2] for r in findings(source)] == [(1, "accuracy"), (2, "accuracy")]

    def test_a_file_without_its_end(self, read: Any) -> None:
        source = read(self.data(self.table())[:-10])
        assert findings(source) == [(0, "file", "the file breaks off: its closing mark is missing")]

    def test_a_damaged_file(self, read: Any) -> None:
        data = self.data(self.table())
        ((line, field, reason),) = findings(read(data[:4] + b"\x00" * (len(data) - 8) + data[-4:]))
        assert (line, field) == (0, "file")
        assert reason.startswith("damaged: ")


@pytest.mark.parametrize("name", ["csv", "jsonl"])
def test_gzip_is_looked_through(read: Any, name: str) -> None:
    text = f"{HEADER}\n{row(1)}\n" if name == "csv" else TestJsonLines().line()
    source = read(gzip.compress(text.encode()) + gzip.compress(b"\n"))
    assert (source.format, findings(source)) == (name, [])


def test_gzip_bombs_are_stopped(read: Any) -> None:
    source = read(gzip.compress(b"0" * 30_000_000), limits=Limits(max_file_mb=1))
    assert findings(source) == [(0, "file", "the file is larger than 1 MB")]


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(max_file_mb=0.0001), "the file is larger than 0.0001 MB"),
        (Limits(max_columns=3), "the file has more than 3 columns"),
        (Limits(max_rows=2), "the file has more than 2 rows"),
    ],
)
def test_limits_of_a_file(read: Any, limits: Limits, reason: str) -> None:
    text = f"{HEADER}\n" + "".join(row(i) + "\n" for i in range(3))
    ((line, _, found),) = findings(read(text, limits=limits))
    assert (line, found) == (0, reason)


def test_limits_of_a_line(read: Any) -> None:
    source = read(f"{HEADER},note\n{row(1)},{'x' * 2000}\n{row(2)},y\n", limits=Limits(max_line_kb=1))
    assert findings(source) == [(2, "line", "the line is longer than 1 kB")]
    assert len(source.rejected[0].raw) <= 500


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"\n\n  \n", "the file is empty"),
        (HEADER.encode() + b"\n", "the file has no rows"),
        (b'[{"a": 1}]', "the file is one JSON array"),
        (b"PK\x03\x04rest", "the file is a ZIP archive or an Excel workbook"),
        (b"<html></html>", "the file is HTML or XML"),
        (b"SQLite format 3\x00", "the file is an SQLite database"),
        (b"just words\nand more", "the content is none of parquet, jsonl, csv"),
        (gzip.compress(gzip.compress(b"a,b\n", mtime=0), mtime=0), "the file is gzip within gzip"),
        (b"\x1f\x8bnonsense", None),
    ],
)
def test_files_that_are_no_runs(read: Any, content: bytes, reason: str | None) -> None:
    ((line, _, found),) = findings(read(content))
    assert line == 0
    assert found == reason if reason else found.startswith("the gzip content is damaged")


def test_the_name_says_nothing_about_the_format(read: Any) -> None:
    assert read(f"{HEADER}\n{row(1)}\n", path="agents_test/runs.parquet").format == "csv"
    assert read(TestJsonLines().line(), path="agents_test/runs.csv").format == "jsonl"
