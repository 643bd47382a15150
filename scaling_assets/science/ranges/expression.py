"""Formulas of a claim: a small grammar of our own, read without ever running anything.

What belongs here: text -> a tree of known operations, its names, its value over intervals. What does not: the
operations (``interval``), what names stand for (the kinds).

The grammar: numbers, names, ``+ - * / **``, parentheses, and the functions ``min``, ``max``, ``sqrt`` and ``log``
(natural). Python's own parser splits the text; every node of its tree that is not one of these is refused by name.
Numbers inside a formula are exact: a number that a document prints belongs under ``stated``, where it has digits.
"""

import ast
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from scaling_assets.science.ranges.interval import OPERATIONS, Interval, exactly

LONGEST = 500
MOST_PARTS = 200
DEEPEST = 40
NOTHING = exactly(0.0)  # the value of a node that is no number
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"
}  # fmt: skip
_FUNCTIONS = {"min": None, "max": None, "sqrt": 1, "log": 1}  # None: two parts or more
_INSTEAD = {ast.BitXor: "write ** for powers", ast.FloorDiv: "write / for a quotient", ast.Mod: "write / 100"}


class FormulaError(ValueError):
    """A formula that is not one of the grammar; its text says why."""


@dataclass(frozen=True)
class Node:
    """One operation on parts, a name, or a number."""

    operation: str
    parts: tuple["Node", ...] = ()
    name: str = ""
    value: Interval = NOTHING

    def over(self, values: Mapping[str, Interval]) -> Interval:
        """All values that the formula can take while each name runs through its interval, and maybe more.

        Raises:
            KeyError: a name has no interval.
        """
        if self.operation == "name":
            return values[self.name]
        if self.operation == "number":
            return self.value
        return OPERATIONS[self.operation](*(part.over(values) for part in self.parts))

    def names(self) -> tuple[str, ...]:
        """Names that it reads, each once, in order of appearance."""
        return tuple(dict.fromkeys(self._names()))

    def _names(self) -> Iterator[str]:
        if self.operation == "name":
            yield self.name
        for part in self.parts:
            yield from part._names()


@lru_cache(maxsize=16_384)
def read_formula(text: str) -> Node:
    """Read a formula.

    Raises:
        FormulaError: it is too long, or something in it is not part of the grammar.
    """
    if len(text) > LONGEST:
        raise FormulaError(f"a formula of more than {LONGEST} characters")
    try:
        tree = ast.parse(" ".join(text.split()), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise FormulaError(
            f"{_short(text)} is no formula (numbers, names, + - * / **, parentheses)"
        ) from None
    return _Reader().read(tree.body, 0)


class _Reader:
    def __init__(self) -> None:
        self._count = 0

    def read(self, node: ast.expr, depth: int) -> Node:
        self._count += 1
        if self._count > MOST_PARTS or depth > DEEPEST:
            raise FormulaError(f"a formula of more than {MOST_PARTS} parts or {DEEPEST} levels")
        if isinstance(node, ast.Constant):
            return _number(node.value)
        if isinstance(node, ast.Name):
            if not NAME.fullmatch(node.id):
                raise FormulaError(f"{node.id!r} is no name (lower-case letters, digits, underscores)")
            return Node("name", name=node.id)
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            parts = (self.read(node.left, depth + 1), self.read(node.right, depth + 1))
            return Node(_BINARY[type(node.op)], parts)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return Node("negative", (self.read(node.operand, depth + 1),))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd):
            return self.read(node.operand, depth + 1)
        if isinstance(node, ast.Call):
            return self._call(node, depth)
        hint = _INSTEAD.get(type(getattr(node, "op", None)), "")  # type: ignore[arg-type]
        raise FormulaError(
            f"{_short(ast.unparse(node))} is not part of a formula{'; ' + hint if hint else ''}"
        )

    def _call(self, node: ast.Call, depth: int) -> Node:
        known = ", ".join(_FUNCTIONS)
        if not isinstance(node.func, ast.Name) or node.func.id not in _FUNCTIONS:
            raise FormulaError(
                f"{_short(ast.unparse(node.func))} is no function of a formula; known: {known}"
            )
        name, wanted = node.func.id, _FUNCTIONS[node.func.id]
        if node.keywords or (len(node.args) != wanted if wanted else len(node.args) < 2):
            raise FormulaError(f"{name} takes {wanted or 'two or more'} value(s), nothing named")
        return Node(name, tuple(self.read(part, depth + 1) for part in node.args))


def _number(value: object) -> Node:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FormulaError(f"{_short(repr(value))} is no number")
    try:
        near = float(value)
    except OverflowError:
        near = math.inf
    if not math.isfinite(near):
        raise FormulaError("a number in the formula is too large")
    if near.is_integer() and abs(near) < 2**53:
        return Node("number", value=exactly(near))
    return Node("number", value=Interval(math.nextafter(near, -math.inf), math.nextafter(near, math.inf)))


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:59] + "…")
