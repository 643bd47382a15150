"""The answer to a plan of any kind but an allocation: a sentence, and tables made of figures.

What belongs here: the record. What does not: the question (each kind's own declaration, ``science.planning``),
computing, tables as they are drawn (``report``).
"""

from dataclasses import dataclass

#: How an answer may end.
ANSWERED = "answered"
WAITING = "waiting"  # a law or an observation is missing; the remedy says what to run first
INFEASIBLE = "infeasible"  # no choice keeps all limits; the reason says which one is in the way
REFUSED = "refused"  # beyond what a law may be asked
STATUSES = (ANSWERED, WAITING, INFEASIBLE, REFUSED)


@dataclass(frozen=True)
class Figure:
    """One cell of a table: ``part`` names the table, ``item`` the row, ``quantity`` the column.

    ``text`` holds words where the answer is no number, or the arithmetic shown ("320 ops/s x 1.5 / 456 ops/s =
    105 %"). ``status`` is a word about this figure ("sufficient", "expand", "not identified", "met" ...).
    ``low`` and ``high`` are None where there is no bound on that side.
    """

    part: str
    item: str
    quantity: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    text: str = ""
    status: str = ""
    method: str = ""


@dataclass(frozen=True)
class PlanSource:
    """Something that an answer was made from: a noun, whose it is, and its version.

    Nouns: "trials", "laws" and "verdicts" of an experiment, "allocation" of a plan; "law" for each law that the
    answer rests on, whose version is the law's own id.
    """

    noun: str
    name: str
    version: str


@dataclass(frozen=True)
class PlanAnswer:
    """What a plan's question came to.

    ``headline`` is the answer in one sentence, ``reason`` why, ``remedy`` what to do where it is open. ``level`` is
    that of the intervals, None where there are none. ``law_ids`` name the laws it rests on.
    """

    answer_id: str
    plan: str
    kind: str
    title: str
    status: str
    headline: str
    reason: str
    remedy: str
    figures: tuple[Figure, ...]
    law_ids: tuple[str, ...]
    level: float | None
    method: str
    is_simulated: bool
    data_version: str
    owner: str = ""
    sources: tuple[PlanSource, ...] = ()

    def part(self, name: str) -> tuple[Figure, ...]:
        """The figures of one table, in order."""
        return tuple(figure for figure in self.figures if figure.part == name)
