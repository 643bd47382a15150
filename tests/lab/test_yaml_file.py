"""Plain values as YAML 1.2 has them, every line known, nothing exhausted."""

from pathlib import Path
from typing import Any

import pytest

from scaling_assets.lab.yaml_file import read_yaml


def read(tmp_path: Path, text: str | bytes) -> Any:
    path = tmp_path / "x.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_yaml(path, "x.yaml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001), ("1E5", 1e5), ("1.5", 1.5), (".5", 0.5), ("-2.", -2.0), ("15_711", 15711), ("+4", 4),
        ("010", 10), ("no", "no"), ("yes", "yes"), ("on", "on"), ("true", True), ("False", False), ("~", None),
        ("null", None), ("", None), ("12:30", "12:30"), ("2026-03-01", "2026-03-01"), ('"1"', "1"), ("'no'", "no"),
        (".inf", float("inf")), ("1.2.3", "1.2.3"), ("0x1F", "0x1F"), ("e5", "e5"), ("-", "-"), ("1 # one", 1),
    ],
)  # fmt: skip
def test_scalars(tmp_path: Path, text: str, value: object) -> None:
    if text == "-":
        text = '"-"'
    found = read(tmp_path, f"a: {text}\n")
    assert found.flaws == []
    assert found.data == {"a": value}
    assert type(found.data["a"]) is type(value)


def test_lines(tmp_path: Path) -> None:
    document = read(tmp_path, "a: 1\nb:\n  - x\n  - c: 2\n    d: [5,\n        6]\n")
    assert document.lines[("b", 1, "d", 1)] == 6
    assert document.lines[("b", 1, "c")] == 4
    assert document.line_of(("b", 1, "missing", "deeper")) == 4
    assert document.known(("b", 7)) == ("b",)


def test_anchors_are_followed(tmp_path: Path) -> None:
    assert read(tmp_path, "a: &x [1, 2]\nb: *x\n").data == {"a": [1, 2], "b": [1, 2]}


BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{i}: &a{i} [" + ",".join([f"*a{i - 1}"] * 9) + "]\n" for i in range(1, 9)
)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (BOMB, "more than 100000 values, aliases followed"),
        ("a: &a [*a]\n", "nested deeper than 24 levels"),
        ("a: " + "[" * 200 + "]" * 200 + "\n", "nested deeper than 24 levels"),
        ("a: " + "x" * 1_000_001, "larger than 1000 kB"),
        ("", "the file is empty"),
        ("# only a comment\n", "the file is empty"),
        (b"a: \xff\n", "not UTF-8 at byte 3"),
        (b"a: \x07\n", "not YAML: "),
        ("a: *unknown\n", "not YAML: found undefined alias"),
        ("? [a, b]\n: 1\n", "a key that is no plain word"),
    ],
)
def test_flaws_of_a_whole_file(tmp_path: Path, text: str | bytes, problem: str) -> None:
    document = read(tmp_path, text)
    assert problem in document.flaws[0].problem
    assert document.flaws[0].remedy


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    assert "cannot be read" in read_yaml(tmp_path / "none.yaml", "none.yaml").flaws[0].problem
