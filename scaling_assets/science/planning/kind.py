"""The contract of a plan kind: what is declared, what it may look at, what it answers.

What lives here: the types that every kind shares. What does not: any particular kind (one file each beside this
one), ids and stamps of answers (``answer``), finding the law that a plan names (``referred``).

A kind is a pure function of its question and of what stands: laws, verdicts, trials, allocations. Where it needs
today's date it says so (``is_dated``) and finds it in the case; it never reads a clock.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import pandas as pd
from pydantic import Field

from scaling_assets.records.allocation import Allocation
from scaling_assets.records.declared import Declared, Identifier
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import Law
from scaling_assets.records.planned import Figure
from scaling_assets.records.verdict import Verdict


class PlanQuestion(Declared):
    """What every kind of plan declares. A kind adds its own fields; a field that nobody knows is an error.

    ``level`` is the level of the answer's intervals.
    """

    name: Identifier
    kind: Identifier
    title: str
    description: str = ""
    owner: str = ""
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.9


@dataclass(frozen=True, eq=False)
class PlanCase:
    """A question with everything that may be looked at.

    ``laws`` and ``verdicts`` are the visible ones of the experiments that the kind named, ``trials`` their trial
    frames by experiment (columns of ``records.trial``; no entry where nothing has landed), ``allocations`` the
    standing ones of the plans that it named. ``today`` is an ISO date, empty unless the kind is dated.
    """

    question: Any
    laws: Sequence[Law] = ()
    verdicts: Sequence[Verdict] = ()
    trials: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    allocations: Sequence[Allocation] = ()
    experiments: Mapping[str, Experiment] = field(default_factory=dict)
    today: str = ""


@dataclass(frozen=True)
class Answered:
    """An answer without its ids and stamps; the fields mean what they mean in ``PlanAnswer``."""

    status: str
    headline: str
    reason: str = ""
    remedy: str = ""
    figures: tuple[Figure, ...] = ()
    law_ids: tuple[str, ...] = ()
    level: float | None = None
    method: str = ""
    is_simulated: bool = False


def nothing_needed(_question: Any) -> tuple[str, ...]:
    """The plans of a kind that reads no allocation."""
    return ()


def needs_no_date(_question: Any) -> bool:
    """For kinds whose answers never depend on the day."""
    return False


@dataclass(frozen=True)
class PlanKind:
    """A kind of plan: its declaration, its verb, what it reads, and what a declaration of it can get wrong.

    ``experiments(question)`` names the experiments and ``plans(question)`` the allocation plans that an answer
    reads: a change in any of them makes the answer stale. ``problems(question, experiments)`` is only asked where
    all of these are declared; each problem is a sentence, and a word in quotes in it is looked for in the file to
    name the line. ``version`` changes whenever the same question should get another answer.
    """

    name: str
    title: str
    description: str
    Question: type[PlanQuestion]
    experiments: Callable[[Any], tuple[str, ...]]
    problems: Callable[[Any, Mapping[str, Experiment]], list[str]]
    answer: Callable[[PlanCase], Answered]
    plans: Callable[[Any], tuple[str, ...]] = nothing_needed
    is_dated: Callable[[Any], bool] = needs_no_date
    version: str = "1"
