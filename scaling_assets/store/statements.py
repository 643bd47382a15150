"""Named SQL: reads the .sql files and turns one statement into what a driver wants.

What belongs here: finding sql/, splitting it into statements, $parameters and {fragments}.
What does not: any SQL of its own, running anything (``duckdb``, ``postgres``).

A *parameter* (``$name``) is a value and travels to the driver apart from the text. A *fragment*
(``{name}``) is text: only a ``Fragment`` can fill it, and fragments come from quoted identifiers or
from the declaration, which is trusted configuration.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from scaling_assets.errors import UnknownName
from scaling_assets.records.identity import IDENTIFIER

_TOKEN = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?\*/)
      | (?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
      | \$(?P<parameter>[a-z_][a-z0-9_]*)
      | \{(?P<fragment>[a-z_][a-z0-9_]*)\}
      | (?P<end>;)
      | (?P<other>[^'"$\-/{;]+|.)""",
    re.VERBOSE | re.DOTALL,
)
_NAME = re.compile(r"--\s*name:\s*([a-z][a-z0-9_]*)\s*$")


@dataclass(frozen=True)
class Fragment:
    """A piece of SQL text that may stand where a statement has a ``{name}``."""

    text: str


@dataclass(frozen=True)
class Statement:
    """One SQL statement with the parameters and fragments that it still needs."""

    name: str
    text: str
    header: str = ""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the ``$parameters``, each once, in order of appearance."""
        return _named(self.text, "parameter")

    @property
    def fragments(self) -> tuple[str, ...]:
        """Names of the ``{fragments}`` that are not filled yet."""
        return _named(self.text, "fragment")

    def compose(self, **fragments: Fragment) -> "Statement":
        """Fill every fragment.

        Raises:
            KeyError: a fragment of the statement is not given.
            TypeError: something other than a Fragment is given.
        """
        for name, fragment in fragments.items():
            if not isinstance(fragment, Fragment):
                raise TypeError(f"{name} is {type(fragment).__name__}; only a Fragment may become SQL text")
        found = _TOKEN.finditer(self.text)
        text = "".join(fragments[m["fragment"]].text if m["fragment"] else m[0] for m in found)
        return Statement(self.name, text, self.header)

    def take(self, parameters: Mapping[str, Any] | None) -> dict[str, Any]:
        """Of these values, those that the statement asks for (drivers refuse the others)."""
        return {name: (parameters or {})[name] for name in self.parameters}

    def for_psycopg(self) -> str:
        """The text with ``$name`` as ``%(name)s`` and every other per cent sign doubled."""
        return "".join(
            f"%({m['parameter']})s" if m["parameter"] else m[0].replace("%", "%%")
            for m in _TOKEN.finditer(self.text)
        )


def identifier(*parts: str) -> Fragment:
    """A quoted, validated identifier, its parts joined by dots.

    Raises:
        ValueError: a part is no identifier (``[a-z][a-z0-9_]{0,62}``).
    """
    for part in parts:
        if not IDENTIFIER.fullmatch(part):
            raise ValueError(f"{part!r} is no identifier")
    return Fragment(".".join(f'"{part}"' for part in parts))


def columns(names: Iterable[str], of: str = "") -> Fragment:
    """Quoted column names with commas between, each of the table named ``of`` if that is given."""
    return Fragment(", ".join(identifier(of, name).text if of else identifier(name).text for name in names))


def literal(text: str) -> Fragment:
    """A SQL string literal: for texts that must stand in a view, where no parameter can."""
    return Fragment("'" + text.replace("'", "''") + "'")


def expression_problem(text: str) -> str | None:
    """Why a declared expression cannot stand inside a statement, or None when it can.

    The database judges the rest; this only keeps the expression from ending or swallowing what
    surrounds it.
    """
    depth = 0
    for match in _TOKEN.finditer(text):
        if match["comment"] or match["end"] or match["parameter"] or match["fragment"]:
            return f"{match[0]!r} cannot be part of an expression"
        if match["other"]:
            if set(match["other"]) & set("'\""):
                return "a quotation mark is not closed"
            for sign in match["other"]:
                depth += (sign == "(") - (sign == ")")
                if depth < 0:
                    return "a ')' has no '('"
    return "a '(' is not closed" if depth else None if text.strip() else "the expression is empty"


def split(text: str) -> Iterator[str]:
    """The statements of a text, without the semicolons; quoted ones do not end a statement."""
    current: list[str] = []
    holds_code = False
    for match in _TOKEN.finditer(text):
        if match["end"]:
            if holds_code:
                yield "".join(current).strip()
            current, holds_code = [], False
            continue
        current.append(match[0])
        holds_code = holds_code or not (match["comment"] or match[0].isspace())
    if holds_code:
        yield "".join(current).strip()


def read(path: Path) -> list[Statement]:
    """The statements of a file; one without a ``-- name:`` line has the file's name."""
    statements = []
    for text in split(path.read_text(encoding="utf-8")):
        lines = text.split("\n")
        code = next(i for i, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("--"))
        names = [found[1] for line in lines[:code] if (found := _NAME.match(line.strip()))]
        body, header = "\n".join(lines[code:]).strip(), "\n".join(lines[:code])
        statements.append(Statement(names[0] if names else path.stem, body, header))
    return statements


def root() -> Path:
    """The folder of SQL files: inside the installed package, else beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    carried = package / "_sql"
    return carried if carried.is_dir() else package.parent / "sql"


@cache
def queries(backend: str = "") -> dict[str, Statement]:
    """All named statements of sql/queries, those of sql/<backend> laid over them."""
    found: dict[str, Statement] = {}
    for folder in (root() / "queries", *([root() / backend] if backend else [])):
        for path in sorted(folder.glob("*.sql")):
            found |= {statement.name: statement for statement in read(path)}
    return found


def query(name: str, backend: str = "") -> Statement:
    """The statement of this name."""
    known = queries(backend)
    if name not in known:
        raise UnknownName(kind="statement", name=name, known=", ".join(sorted(known)))
    return known[name]


def _named(text: str, group: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(m[group] for m in _TOKEN.finditer(text) if m[group]))
