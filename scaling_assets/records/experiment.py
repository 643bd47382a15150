"""The declaration of an experiment: trusted configuration, frozen once read.

What belongs here: the experiment as a whole and the rules that need nothing but the declaration.
What does not: its parts (``measure``, ``question``), reading YAML and rules that need a registry
(``lab``), run records (``observation``).
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from scaling_assets.records.assignment import AssignmentDesign
from scaling_assets.records.declared import (
    RESERVED,
    STANDARD_COLUMNS,
    Declared,
    Extensible,
    Filter,
    Identifier,
    Scalar,
)
from scaling_assets.records.looking import Looks, Multiplicity
from scaling_assets.records.manifest import Manifest
from scaling_assets.records.measure import Column, Context, Dimension, Metric
from scaling_assets.records.monitor import Monitor
from scaling_assets.records.question import Estimator, Gate, LawQuestion, Prior, Rule, Workload

__all__ = [
    "RESERVED", "STANDARD_COLUMNS", "Column", "Context", "Declared", "Dimension", "Estimator", "Experiment",
    "Extensible", "Filter", "Gate", "Identifier", "LawQuestion", "Metric", "Prior", "Rule", "Scalar", "Workload",
]  # fmt: skip


class Experiment(Declared):
    """One experiment: what is scaled, what is measured, which laws are asked for, what must hold."""

    name: Identifier
    title: str
    hypothesis: str = ""
    description: str = ""
    owner: str = ""
    source: str = ""
    mode: Literal["simulated", "measured"]
    dimensions: Annotated[tuple[Dimension, ...], Field(min_length=1)]
    metrics: Annotated[tuple[Metric, ...], Field(min_length=1)]
    columns: tuple[Column, ...] = ()
    context: tuple[Context, ...] = ()
    conditions: tuple[str, ...] = ()
    control_condition: str | None = None
    manifest: Manifest | None = None
    seeds: tuple[int, ...] = ()
    unit: Annotated[tuple[Identifier, ...], Field(min_length=1)] = ("run_id",)
    key: tuple[Identifier, ...] = ()
    runs_per_cell: Annotated[int, Field(ge=1)] | None = None
    rules: tuple[Rule, ...] = ()
    laws: tuple[LawQuestion, ...] = ()
    gates: tuple[Gate, ...] = ()
    assignment: AssignmentDesign | None = None
    looks: Looks = Looks()
    multiplicity: Multiplicity | None = None
    workload: Workload | None = None
    monitor: Monitor = Monitor()
    notes: dict[str, str] = Field(default_factory=dict)

    @property
    def is_simulated(self) -> bool:
        """True when every row of this experiment comes from a simulator."""
        return self.mode == "simulated"

    def dimension(self, name: str) -> Dimension:
        """The dimension of this name; KeyError when there is none."""
        return _by_name(self.dimensions, name)

    def metric(self, name: str) -> Metric:
        """The metric of this name; KeyError when there is none."""
        return _by_name(self.metrics, name)

    @property
    def cell_columns(self) -> tuple[str, ...]:
        """What makes a cell: dimensions, context, condition."""
        return (*[d.name for d in self.dimensions], *[c.name for c in self.context], "condition")

    @property
    def column_types(self) -> dict[str, str]:
        """Declared columns of a run record (name -> type), the standard ones left out."""
        types = {d.name: "number" for d in self.dimensions}
        types |= {c.name: "text" for c in self.context}
        types |= {c.name: c.type for c in self.columns}
        types |= {m.column: "number" for m in self.metrics if m.column}
        return types

    @model_validator(mode="after")
    def _names_are_consistent(self) -> Self:
        problems = list(self._name_problems())
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _name_problems(self) -> "list[str]":
        groups = (self.dimensions, self.metrics, self.columns, self.context)
        names: list[str] = [item.name for group in groups for item in group]
        problems = [f"{n!r} is declared twice" for n in sorted({n for n in names if names.count(n) > 1})]
        problems += [f"{n!r} is a name that the system uses itself" for n in names if n in RESERVED]
        rows = {*self.column_types, *STANDARD_COLUMNS}
        for field, used in (("unit", self.unit), ("key", self.key)):
            problems += [f"'{field}' names {n!r}, which is no column" for n in used if n not in rows]
        dims = {d.name for d in self.dimensions}
        metrics = {m.name for m in self.metrics}
        cells = {*self.cell_columns, "seed"}
        for law in self.laws:
            if law.metric not in metrics:
                problems.append(f"law {law.label!r} names metric {law.metric!r}, which is not declared")
            problems += [f"law {law.label!r}: {d!r} is no dimension" for d in law.by if d not in dims]
            problems += _likelihood_problems(law, self.metrics)
            problems += [f"law {law.label!r}: {c!r} is no cell column"
                         for c in (*law.where, *law.segment) if c not in cells]  # fmt: skip
            problems += _watch_problems(law, {c.name for c in self.context})
        contexts = {c.name for c in self.context}
        problems += [f"'monitor' names {c!r} under 'hardware', which is no context column"
                     for c in self.monitor.hardware if c not in contexts]  # fmt: skip
        for gate in self.gates:
            problems += [f"gate {gate.name!r}: {c!r} is no cell column"
                         for c in (*gate.where, *gate.each) if c not in cells]  # fmt: skip
        if self.multiplicity is not None:
            declared = {gate.name for gate in self.gates}
            problems += [f"'multiplicity' names {n!r}, which is no gate"
                         for n in self.multiplicity.gates if n not in declared]  # fmt: skip
        listed = {
            "gate": [gate.name for gate in self.gates],
            "law": [question.label for question in self.laws],
            "rule": [rule.name for rule in self.rules],
        }
        for label, given in listed.items():
            twice = sorted({name for name in given if given.count(name) > 1})
            problems += [f"{label} {name!r} is declared twice" for name in twice]
        if self.control_condition is not None and self.control_condition not in self.conditions:
            problems.append(f"'control_condition' {self.control_condition!r} is not in 'conditions'")
        stated = () if self.manifest is None else self.manifest.conditions
        problems += [f"'manifest' names {name!r}, which is not in 'conditions'"
                     for name in stated if name not in self.conditions]  # fmt: skip
        return problems


def _watch_problems(law: LawQuestion, contexts: "set[str]") -> "list[str]":
    """What is watched over time is told by context columns, and by a family that the question fits."""
    if law.changes is None:
        return []
    problems = [f"law {law.label!r}: 'changes' names {c!r}, which is no context column"
                for c in law.changes.columns if c not in contexts]  # fmt: skip
    if law.changes.family is not None and law.changes.family not in law.families:
        problems.append(
            f"law {law.label!r}: 'changes' names {law.changes.family!r}, which 'families' does not list"
        )
    return problems


def _likelihood_problems(law: LawQuestion, metrics: Sequence[Metric]) -> "list[str]":
    """A likelihood needs the counts behind a value: a rate has items, a count has exposure."""
    name, needed = law.estimator.name, {"binomial": "rate", "poisson": "count"}
    kinds = {metric.name: metric.kind for metric in metrics}
    if name not in needed or kinds.get(law.metric) in (None, needed[name]):
        return []
    return [
        f"law {law.label!r}: the {name} estimator needs a metric of kind {needed[name]!r}, "
        f"{law.metric!r} is of kind {kinds[law.metric]!r}"
    ]


def _by_name(items: tuple[Any, ...], name: str) -> Any:
    for item in items:
        if item.name == name:
            return item
    raise KeyError(name)
