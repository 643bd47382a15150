"""The contract of a gate kind: what it is asked, what it answers.

What lives here: the types that every kind shares. What does not: any particular kind (one file each
beside this one), ids and stamps of verdicts (``judge``).

A kind is a pure function of what was measured. It never turns a missing number into a favourable one:
what could not be estimated is INSUFFICIENT_DATA with the reason, and a law that is not usable never
passes anything.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict

from scaling_assets.records.experiment import Experiment, Gate
from scaling_assets.records.law import Group, Law
from scaling_assets.records.verdict import Outcome

#: How a reason goes on with what the items of the runs say: it is not what the p-value before it is of.
BESIDE = "; over the items of these runs alone"


class Settings(BaseModel):
    """What a kind reads from the declaration, beside the fields that all gates have."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True, eq=False)
class Case:
    """One gate of one experiment, with everything that may be said about it.

    ``judged`` has the experiment's other verdicts for the kinds that are made of gates, and for these alone.
    """

    experiment: Experiment
    gate: Gate
    trials: pd.DataFrame
    laws: Sequence[Law]
    judged: "Sequence[tuple[Gate, Finding]]" = ()


@dataclass(frozen=True)
class Finding:
    """A verdict without its ids and stamps; the fields mean what they mean in ``Verdict``."""

    group: Group
    outcome: Outcome
    reason: str
    remedy: str = ""
    measured: float | None = None
    low: float | None = None
    high: float | None = None
    operator: str = ""
    threshold: tuple[float, ...] = ()
    unit: str = ""
    n_units: int = 0
    method: str = ""
    law_id: str | None = None
    distance: str = ""
    runs_needed: int | None = None
    is_simulated: bool = False
    evidence: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class GateKind:
    """A kind of gate: its settings, its verb, and what a declaration of it can get wrong.

    ``judge(case, settings)`` gives one finding a group. ``problems(experiment, gate, settings)`` lists
    names that the experiment does not know, in words; it needs no data. ``looks`` says which plans of looking
    the kind can follow: all of them ("any"), a fixed horizon only ("fixed"), or none because its answer is no
    inference ("none": it has no p-value and belongs to no family either).
    """

    name: str
    title: str
    Settings: type[Settings]
    judge: Callable[[Case, Any], list[Finding]]
    problems: Callable[[Experiment, Gate, Any], list[str]]
    looks: Literal["any", "fixed", "none"] = "fixed"
