"""The contract of a workload: what can make runs of an experiment.

What belongs here: the contract and the identity of a sweep. What does not: any particular workload
(one file each), writing files (``run``), reading them back (``ingest``).

A sweep is one execution of an experiment's declared workload in one mode (quick or full) under one
label ("first", a date ...). The label is what makes a nightly sweep another sweep than last night's.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from pydantic import BaseModel

from scaling_assets.records.experiment import Declared, Experiment, Scalar, Workload
from scaling_assets.records.identity import content_id

Progress = Callable[[int, int, str], None]
Row = dict[str, Any]

#: Bookkeeping columns that every workload fills in where the experiment declares them.
BOOKKEEPING = ("configuration", "runs_per_cell")


class WorkloadSettings(Declared):
    """Base of the settings of a workload kind: immutable, and an unknown field is an error."""


class WorkloadKind(ABC):
    """One way of making runs. A member is stateless; all it needs comes as arguments.

    ``version`` changes whenever the same settings would make other rows: it is part of a sweep's
    identity, so that a corrected workload runs again. ``is_simulated`` says which experiments it
    may serve: a simulator never feeds a measured experiment, nor the other way round.
    """

    name: ClassVar[str]
    version: ClassVar[str]
    is_simulated: ClassVar[bool]
    Settings: ClassVar[type[BaseModel]]

    @abstractmethod
    def run(
        self,
        experiment: Experiment,
        settings: Any,
        *,
        seed: int,
        mode: str,
        label: str,
        progress: Progress,
    ) -> Iterator[Row]:
        """Yield observation rows in the experiment's declared columns (see ``records.experiment``).

        ``progress`` gets (runs done, runs planned, what is being run).
        """

    def problems(self, experiment: Experiment, settings: Any) -> list[str]:
        """What in the settings does not fit the experiment, in words; empty when all does."""
        return []


def sweep_id(experiment: Experiment, mode: str, label: str, *, version: str) -> str:
    """The identity of a sweep: same declaration of what is run, mode, label and code, same id.

    Titles, laws and gates are left out on purpose: rewording a hypothesis or moving a threshold
    must not cause new runs.
    """
    workload = _workload(experiment)
    design = {
        "dimensions": {d.name: d.levels for d in experiment.dimensions},
        "context": {c.name: c.allowed for c in experiment.context},
        "columns": experiment.column_types,
        "conditions": experiment.conditions,
        "seeds": experiment.seeds,
        "runs_per_cell": experiment.runs_per_cell,
    }
    settings = workload.settings_for(mode)
    return content_id(
        "sweep", experiment.name, workload.kind, version, settings, workload.seed, design, mode, label
    )


def run_prefix(experiment: Experiment, mode: str, label: str, *, version: str) -> str:
    """Start of the run ids of a sweep: runs of different sweeps never share an id."""
    return sweep_id(experiment, mode, label, version=version)[:10]


def bookkeeping(experiment: Experiment, mode: str, runs_per_cell: int) -> dict[str, Scalar]:
    """The run header's values for those bookkeeping columns that the experiment declares."""
    values: dict[str, Scalar] = {"configuration": mode, "runs_per_cell": runs_per_cell}
    return {name: values[name] for name in BOOKKEEPING if name in experiment.column_types}


def matches(row: Mapping[str, Any], where: Mapping[str, Scalar | list[Scalar]]) -> bool:
    """True when the row has one of the wanted values in every named column."""
    return all(row.get(name) in (v if isinstance(v, list) else [v]) for name, v in where.items())


def _workload(experiment: Experiment) -> Workload:
    if experiment.workload is None:
        raise ValueError(f"experiment {experiment.name!r} declares no workload")
    return experiment.workload
