"""What the conditions of an experiment were made of, and where they differ.

What belongs here: the declaration, differences between two conditions, and a column that is spread unevenly over
two arms. What does not: testing for unevenness and what it does to a verdict (``science.gates``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from pydantic import Field, model_validator

from scaling_assets.records.declared import Declared, Scalar

Stated = dict[str, Any]


@dataclass(frozen=True)
class Difference:
    """One stated fact that differs between two conditions; None where a condition does not state it."""

    name: str  # "tiers.tier2": the path through what was declared
    treatment: Scalar | None
    control: Scalar | None
    is_declared: bool  # it is (part of) the treatment


@dataclass(frozen=True)
class Uneven:
    """How a column is spread over two arms of a comparison: shares of either arm's units by level.

    ``p_value`` is that of no difference (adjusted over the columns of the comparison), ``distance`` the total
    variation distance of the shares, between 0 and 1.
    """

    column: str
    treatment: str
    control: str
    shares: Mapping[str, tuple[float, float]]
    distance: float
    p_value: float
    is_uneven: bool


class Manifest(Declared):
    """Facts about each condition: data version, counts, architecture, hyperparameters, curriculum weights.

    Facts may be nested; a list counts as one fact. ``varies`` names those that are the treatment (a name covers all
    below it); every other difference between two compared conditions is a confounder.
    """

    varies: tuple[str, ...] = ()
    conditions: dict[str, Stated] = Field(min_length=1)

    @model_validator(mode="after")
    def _varies_is_stated(self) -> Self:
        stated = {name for condition in self.conditions for name in self.facts(condition)}
        for named in self.varies:
            if not any(_is_under(name, named) for name in stated):
                raise ValueError(f"'varies' names {named!r}, which no condition states")
        return self

    def facts(self, condition: str) -> dict[str, Scalar]:
        """The condition's facts by path; {} for one that states nothing."""
        return _flat(self.conditions.get(condition, {}))

    def differences(self, treatment: str, control: str) -> list[Difference]:
        """What differs between two conditions, in declared order; a fact that only one states differs too."""
        ours, theirs = self.facts(treatment), self.facts(control)
        return [
            Difference(
                name, ours.get(name), theirs.get(name), any(_is_under(name, named) for named in self.varies)
            )
            for name in dict.fromkeys([*theirs, *ours])
            if ours.get(name) != theirs.get(name)
        ]

    def confounders(self, treatment: str, control: str) -> list[Difference]:
        """Differences beyond the declared treatment."""
        return [found for found in self.differences(treatment, control) if not found.is_declared]


def _is_under(name: str, named: str) -> bool:
    return name == named or name.startswith(f"{named}.")


def _flat(stated: Stated, above: str = "") -> dict[str, Scalar]:
    found: dict[str, Scalar] = {}
    for name, value in stated.items():
        path = f"{above}{name}"
        if isinstance(value, dict):
            found |= _flat(value, f"{path}.")
        elif isinstance(value, list | tuple):
            found[path] = ", ".join(map(str, value))
        elif value is not None:
            found[path] = value
    return found
