"""In which order did points of time come?

What belongs here: an order from names, or from a column that says it. What does not: what happened at them.
"""

import re
from collections.abc import Mapping, Sequence

# of commits, or uuids; seven digits alone (one short hash in 27) look like a number
_HASH = re.compile(
    r"(?=.*[a-f])(?=.*\d)[0-9a-f]{7,64}|[a-f]{7,64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
_DIRTY = re.compile(r"[-+.]dirty$")
_PARTS = re.compile(r"(\d+)")
Key = tuple[tuple[int, float, str], ...]


class NoOrder(ValueError):
    """Points whose order is not known; the text says what to declare."""


def ordered(
    points: Sequence[str], by: str, said: Mapping[str, set[str]] | None, declared: Sequence[str]
) -> list[str]:
    """The points from the first to the last.

    Args:
        by: the column of the points' names, for messages.
        said: the values of the ordering column at each point, None where none is declared.
        declared: names in their order, as a context declares them; may be empty.

    Raises:
        NoOrder: a point has no or several values of the ordering column, is not among the declared names, or
            some names are hashes, which have no order of their own (of forty short ones of commits one or two
            are digits alone: it is not asked that all look like hashes).
    """
    if said is not None:
        several = next((p for p in points if len(said.get(p, ())) != 1), None)
        if several is not None:
            values = ", ".join(sorted(said.get(several, ()))) or "none"
            raise NoOrder(f"{by} {several} has no single place in the order: {values}")
        return sorted(points, key=lambda p: (natural(next(iter(said[p]))), natural(p)))
    if declared:
        place = {name: i for i, name in enumerate(declared)}
        unknown = next((p for p in points if p not in place), None)
        if unknown is not None:
            raise NoOrder(f"{by} {unknown} is not in the declared order")
        return sorted(points, key=lambda p: place[p])
    hashes = [p for p in (_DIRTY.sub("", p.lower()) for p in points) if _HASH.fullmatch(p)]
    if len({_PARTS.sub("0", p) for p in hashes}) > 1:
        raise NoOrder(
            f"names of {by} are hashes, which have no order: declare 'order', a column that has one"
        )
    return sorted(points, key=natural)


def natural(text: str) -> Key:
    """A key by which 9 comes before 10, v1.9 before v1.10 and Monday's ISO date before Tuesday's."""
    try:
        return ((0, float(text), ""),)
    except ValueError:
        return tuple(
            (1, float(part), "") if part.isdigit() else (2, 0.0, part) for part in _PARTS.split(text) if part
        )
