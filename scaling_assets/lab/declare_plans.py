"""A YAML document in plans/ with a ``kind`` -> a question of the planning room, with all that is wrong about it.

What belongs here: telling kinds apart, their shape, names across declarations. What does not: what a kind asks
(``science.planning``), allocations, which need no ``kind`` (``declare``, ``plan_rules``).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scaling_assets.errors import DeclarationProblem
from scaling_assets.lab.declare import shape_of
from scaling_assets.lab.findings import did_you_mean, problem
from scaling_assets.lab.kinds import Problems
from scaling_assets.lab.yaml_file import Document, Place
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.plan import Plan
from scaling_assets.science.planning import PLAN_KINDS, PlanQuestion

ALLOCATION = "allocation"


@dataclass(frozen=True)
class Planned:
    """One declared question, None where its shape is wrong, with its file and what is wrong."""

    document: Document
    stem: str
    question: PlanQuestion | None
    problems: Problems


def is_planned(document: Document) -> bool:
    """True for a plan of the planning room; ``kind: allocation`` is the same as none."""
    if not isinstance(document.data, dict) or "kind" not in document.data:
        return False
    if document.data["kind"] == ALLOCATION:
        document.data = {name: value for name, value in document.data.items() if name != "kind"}
        return False
    return True


def declare_planned(document: Document, stem: str) -> Planned:
    """The question of a file called ``<stem>.yaml``."""
    kind = document.data["kind"]
    if kind not in PLAN_KINDS:
        remedy = did_you_mean(kind, [ALLOCATION, *PLAN_KINDS], "Kinds")
        return Planned(
            document, stem, None, [problem(document, ("kind",), f"there is no plan kind {kind!r}", remedy)]
        )
    question, problems = shape_of(document, stem, PLAN_KINDS[kind].Question)
    return Planned(document, stem, None if problems else question, problems)


def planned_problems(
    planned: Iterable[Planned],
    experiments: Mapping[str, Experiment],
    plans: Mapping[str, Plan],
    broken: set[str],
    problems: Problems,
) -> dict[str, PlanQuestion]:
    """The questions that are right, by name; what is wrong with the others is added to ``problems``.

    Experiments in ``broken`` exist, but could not be read: a question that reads one is left out unjudged.
    """
    found: dict[str, PlanQuestion] = {}
    for one in planned:
        wrong = list(one.problems)
        if one.question is not None:
            kind = PLAN_KINDS[one.question.kind]
            read, also = kind.experiments(one.question), kind.plans(one.question)
            wrong += _unknown(one.document, "experiment", read, {*experiments, *broken})
            known_plans = {*plans, *(name for name in also if name in _broken_plans(problems))}
            wrong += _unknown(one.document, "allocation plan", also, known_plans)
            if not wrong and not broken & set(read) and set(also) <= set(plans):
                wrong += [
                    problem(one.document, _place(one.document, what), what, "Correct the declaration here.")
                    for what in kind.problems(one.question, experiments)
                ]
                if not wrong:
                    found[one.question.name] = one.question
        problems += wrong
    return found


def _broken_plans(problems: Problems) -> set[str]:
    """Names of the files in plans/ that something is wrong with."""
    files = [str(p.facts.get("file", "")) for p in problems]
    return {file.removeprefix("plans/").removesuffix(".yaml") for file in files if file.startswith("plans/")}


def _unknown(
    document: Document, what: str, named: Iterable[str], known: set[str]
) -> Iterator[DeclarationProblem]:
    for name in dict.fromkeys(named):
        if name not in known:
            place = _place(document, repr(name))
            yield problem(document, place, f"there is no {what} {name!r}", did_you_mean(name, sorted(known)))


def _place(document: Document, what: str) -> Place:
    """The first place whose value, else whose key, is a word that stands in quotes in the sentence."""
    for word in re.findall(r"'([^']+)'", what):
        for place in document.lines:
            if place and _value(document.data, place) == word:
                return place
        for place in document.lines:
            if place and place[-1] == word:
                return place
    return ()


def _value(data: Any, place: Place) -> Any:
    for part in place:
        if (isinstance(data, dict) and part in data) or (isinstance(data, list) and isinstance(part, int)):
            data = data[part]  # type: ignore[index]
        else:
            return None
    return data
