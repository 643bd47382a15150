"""Kind ``composite``: one score made of several numbers.

What lives here: the weighted sum where weights are declared. Without weights nothing follows from the parts, and
the answer says so; it also names the plain sums of parts that come nearest, so that a reader sees whether the
score could have been a sum of anything that is stated.
"""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from pydantic import Field, model_validator

from scaling_assets.records.claim import Claim, ClaimSheet
from scaling_assets.records.declared import Identifier
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.printed import Printed, PrintedNumber, read_printed
from scaling_assets.science.claims.against import against, number
from scaling_assets.science.claims.arithmetic import METHOD, range_of
from scaling_assets.science.claims.kind import Case, ClaimKind, Finding, Objection, Settings, missing
from scaling_assets.science.ranges.expression import Node

MOST_PARTS = 12
NEAREST = 3


class CompositeSettings(Settings):
    """``parts`` as printed, their ``weights`` where the document declares them, the score that it ``states``."""

    parts: Annotated[dict[Identifier, PrintedNumber], Field(min_length=2, max_length=MOST_PARTS)]
    weights: dict[Identifier, PrintedNumber] = Field(default_factory=dict)
    states: PrintedNumber

    @model_validator(mode="after")
    def _weights_are_of_parts(self) -> "CompositeSettings":
        strange = [name for name in self.weights if name not in self.parts]
        without = [name for name in self.parts if name not in self.weights] if self.weights else []
        if strange:
            raise ValueError(f"'weights' names {', '.join(map(repr, strange))}, which is no part")
        if without:
            raise ValueError(f"'weights' leaves out {', '.join(map(repr, without))}")
        return self


def audit(case: Case, settings: CompositeSettings) -> Finding:
    """The weighted sum, or what is missing."""
    stated = read_printed(settings.states)
    parts = {name: read_printed(text) for name, text in settings.parts.items()}
    weights = {name: read_printed(text) for name, text in settings.weights.items()}
    silent = [name for name, part in parts.items() if part is None]
    silent += [f"the weight of {name}" for name, weight in weights.items() if weight is None]
    if stated is None:
        silent.append("the score itself")
    if silent or stated is None:
        return missing("the score needs what is not stated", ", ".join(silent), stated=settings.states)
    known = {name: part for name, part in parts.items() if part}
    if not weights:
        return _without_weights(known, stated)
    numbers = known | {f"w_{name}": weight for name, weight in weights.items() if weight}
    terms = [Node("*", (Node("name", name=f"w_{name}"), Node("name", name=name))) for name in known]
    return against("the weighted sum of the parts", range_of(_sum(terms), numbers), stated, method=METHOD)


def _without_weights(parts: Mapping[str, Printed], stated: Printed) -> Finding:
    sums = []
    for size in range(1, len(parts) + 1):
        for chosen in itertools.combinations(parts, size):
            found = range_of(
                _sum([Node("name", name=name) for name in chosen]), {n: parts[n] for n in chosen}
            )
            sums.append((found, chosen))
    exact = [
        (found, chosen) for found, chosen in sums if found.low <= stated.high and stated.low <= found.high
    ]
    if exact:
        found, chosen = exact[0]
        reason = f"no weights are declared; the sum of {', '.join(chosen)} happens to give {stated.text}"
    else:
        sums.sort(key=lambda one: abs((one[0].value or 0.0) - stated.value))
        near = "; ".join(
            f"{number(found.value or 0.0, stated)} ({', '.join(chosen)})" for found, chosen in sums[:NEAREST]
        )
        reason = f"no weights are declared, and no sum of the stated parts gives {stated.text}; the nearest: {near}"
    answer = missing(reason, "the weights, or the formula, of the score", stated=stated.text)
    return replace(
        answer, stated_low=stated.low, stated_high=stated.high, method="sums of all subsets of the parts"
    )


def _sum(terms: list[Node]) -> Node:
    total = terms[0]
    for term in terms[1:]:
        total = Node("+", (total, term))
    return total


def objections(
    sheet: ClaimSheet, claim: Claim, settings: CompositeSettings, experiments: Mapping[str, Experiment | None]
) -> list[Objection]:
    """Nothing beyond the settings' own rules."""
    return []


KIND = ClaimKind("composite", "One score made of several numbers", CompositeSettings, audit, objections)
