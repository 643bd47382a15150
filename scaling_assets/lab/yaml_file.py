"""One YAML file -> plain values, with the line of every one of them.

What belongs here: reading safely and completely. What does not: what the values mean (``declare``).

Nothing is ever constructed from a tag. Scalars are read as YAML 1.2 has them, which is what people
expect: 1e-3 is a number, "no" and 12:30 are text, dates stay text. Bounded against files made to
exhaust memory: size, depth, and the number of values after aliases are followed.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML was built without libyaml: slower, same answers
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

MAX_BYTES = 1_000_000
MAX_DEPTH = 24
MAX_VALUES = 100_000

Place = tuple[str | int, ...]

_INTEGER = re.compile(r"[+-]?[0-9][0-9_]*")
_FLOAT = re.compile(r"[+-]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][+-]?[0-9]+)?")
_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None} | {
    spelled: value
    for value, name in ((True, "true"), (False, "false"))
    for spelled in (name, name.title(), name.upper())
}
_INFINITE = {".inf": math.inf, "+.inf": math.inf, "-.inf": -math.inf, ".nan": math.nan}
_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = frozenset(_TAG + name for name in ["null", "bool", "int", "float", "str", "timestamp", "value"])


@dataclass(frozen=True)
class Flaw:
    """Something wrong at a place of a file; ``line`` 0 means the file as a whole."""

    place: Place
    line: int
    problem: str
    remedy: str


@dataclass
class Document:
    """A file's values, the line (from 1) of each, numbers as they are written, and what was wrong with reading it."""

    file: str
    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    numerals: dict[Place, str] = field(default_factory=dict)
    flaws: list[Flaw] = field(default_factory=list)

    def known(self, place: Iterable[str | int]) -> Place:
        """The longest beginning of the place that the file has."""
        whole = tuple(place)
        while whole and whole not in self.lines:
            whole = whole[:-1]
        return whole

    def line_of(self, place: Iterable[str | int]) -> int:
        """Line of the place, or of what encloses it."""
        return self.lines.get(self.known(place), 1)


def read_yaml(path: Path, file: str) -> Document:
    """Read one file; every flaw is collected in the document, none is raised."""
    document = Document(file)
    try:
        size = path.stat().st_size
        text = "" if size > MAX_BYTES else path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        document.flaws.append(Flaw((), 1, f"not UTF-8 at byte {error.start}", "Save the file as UTF-8."))
        return document
    except OSError as error:
        document.flaws.append(
            Flaw((), 0, f"cannot be read: {error.strerror}", "Check the file's permissions.")
        )
        return document
    if size > MAX_BYTES:
        problem = f"larger than {MAX_BYTES // 1000} kB"
        document.flaws.append(Flaw((), 0, problem, "A declaration is short: runs belong into landing/."))
        return document
    try:
        nodes = list(yaml.compose_all(text, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        what = " ".join(filter(None, (error.context, error.problem)))
        document.flaws.append(
            Flaw((), line, f"not YAML: {what}", "Check indentation, colons and quotes here.")
        )
        return document
    except yaml.YAMLError as error:
        what = str(error).splitlines()[0]
        document.flaws.append(Flaw((), 1, f"not YAML: {what}", "Remove the characters that are no text."))
        return document
    except RecursionError:
        document.flaws.append(Flaw((), 1, f"nested deeper than {MAX_DEPTH} levels", "Flatten it."))
        return document
    if len(nodes) > 1:
        line = nodes[1].start_mark.line + 1
        document.flaws.append(Flaw((), line, "a second document begins here", "Write one document a file."))
    if not nodes or nodes[0] is None:
        document.flaws.append(Flaw((), 1, "the file is empty", "Write a declaration, or remove the file."))
        return document
    try:
        document.data = _Walk(document).value(nodes[0], ())
    except _TooMuchError as error:
        document.data = None
        document.flaws.append(Flaw((), error.line, str(error), "Write the values out, and fewer of them."))
    return document


class _TooMuchError(Exception):
    def __init__(self, line: int, what: str) -> None:
        self.line = line
        super().__init__(what)


class _Walk:
    """Values of the node tree. Aliases are followed by walking their node again, and counted."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._count = 0

    def value(self, node: yaml.Node, place: Place) -> Any:
        line = node.start_mark.line + 1
        self._document.lines.setdefault(place, line)
        self._count += 1
        if self._count > MAX_VALUES:
            raise _TooMuchError(line, f"more than {MAX_VALUES} values, aliases followed")
        if len(place) > MAX_DEPTH:
            raise _TooMuchError(line, f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(node, yaml.MappingNode):
            self._tag(node, place, {_TAG + "map"})
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            self._tag(node, place, {_TAG + "seq"})
            return [self.value(item, (*place, i)) for i, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        self._tag(node, place, _PLAIN_TAGS)
        found = scalar(node)
        if isinstance(found, int | float) and not isinstance(found, bool):
            self._document.numerals[place] = node.value
        return found

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._flaw(place, line, "a key that is no plain word", "Write 'name: value'.")
                continue
            key = key_node.value
            if key_node.tag == _TAG + "merge":
                self._flaw(place, line, "merge keys (<<) are not read", "Write the fields out.")
                continue
            inner = (*place, key)
            if key in found:
                first = self._document.lines[inner]
                problem = f"{key!r} stands here again, first on line {first}"
                self._flaw(inner, line, problem, "Keep one of the two.")
                continue
            self._document.lines[inner] = line
            found[key] = self.value(value_node, inner)
        return found

    def _tag(self, node: yaml.Node, place: Place, allowed: Iterable[str]) -> None:
        if node.tag not in allowed:
            tag = node.tag.replace(_TAG, "!!")
            self._flaw(place, node.start_mark.line + 1, f"the tag {tag} is not allowed", "Remove the tag.")

    def _flaw(self, place: Place, line: int, problem: str, remedy: str) -> None:
        self._document.flaws.append(Flaw(place, line, problem, remedy))


def scalar(node: yaml.ScalarNode) -> Any:
    """The value of a scalar by the core schema of YAML 1.2 (section 10.3.2); quoted ones are text."""
    text: str = node.value
    # A plain scalar's style is None from one loader and empty from the compiled one.
    if node.style or (node.tag == _TAG + "str" and not _FLOAT.fullmatch(text)):
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) and len(text) < 100:
        return int(text.replace("_", ""))
    if _FLOAT.fullmatch(text):
        return float(text.replace("_", ""))
    return _INFINITE.get(text.lower(), text)
