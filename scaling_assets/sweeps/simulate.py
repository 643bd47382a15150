"""Workload ``simulate``: runs drawn from declared true laws.

What belongs here: the design of a simulated sweep (cells, runs, rows) and its rows. What does not:
drawing one column (``truth``). A simulation proves the pipeline and the design, never the system it
imitates: every row says is_simulated.

The same declaration, mode and label give the same bytes on every machine that computes the same
floating-point results. ``observed_at`` therefore never comes from a clock: a label that is an ISO
date ("2026-01-30", what the nightly schedule passes) is the row's time, and with any other label
the row has none, because nothing was observed at any time.
"""

import itertools
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any

import numpy as np
from pydantic import Field, model_validator

from scaling_assets.records.experiment import Experiment, Identifier
from scaling_assets.records.identity import content_id
from scaling_assets.sweeps.truth import Truth
from scaling_assets.sweeps.workload import (
    BOOKKEEPING,
    Progress,
    Row,
    WorkloadKind,
    WorkloadSettings,
    bookkeeping,
    run_prefix,
)

VERSION = "1"


class SimulateSettings(WorkloadSettings):
    """The design and the truths of a simulated sweep.

    Cells are all combinations of the dimensions' levels (``levels`` overrides the declared ones),
    the experiment's conditions, and the ``crossed`` contexts. A dimension in ``tied`` has the value
    that belongs to the condition instead. Each cell gets ``runs_per_cell`` runs (times the declared
    seeds, where the experiment declares seeds); each run has ``rows_per_run`` rows for each
    combination of the ``within`` contexts, and draws one value of each ``mixed`` context by weight.
    Columns are drawn in the order of ``truths``; ``sums`` are added up from them.
    """

    truths: Annotated[tuple[Truth, ...], Field(min_length=1)]
    sums: dict[Identifier, tuple[Identifier, ...]] = Field(default_factory=dict)
    runs_per_cell: Annotated[int, Field(ge=1)] = 1
    rows_per_run: Annotated[int, Field(ge=1)] = 1
    levels: dict[Identifier, tuple[float, ...]] = Field(default_factory=dict)
    tied: dict[Identifier, dict[str, float]] = Field(default_factory=dict)
    crossed: dict[Identifier, tuple[str, ...]] = Field(default_factory=dict)
    within: dict[Identifier, tuple[str, ...]] = Field(default_factory=dict)
    mixed: dict[Identifier, dict[str, Annotated[float, Field(gt=0)]]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_role_a_name(self) -> "SimulateSettings":
        roles = [*self.crossed, *self.within, *self.mixed]
        twice = sorted({n for n in roles if roles.count(n) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)}: a context is crossed, within or mixed, not two of them")
        drawn = [*[t.column for t in self.truths], *self.sums]
        twice = sorted({n for n in drawn if drawn.count(n) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)}: a column is drawn or summed once")
        return self


class Simulate(WorkloadKind):
    """Runs drawn from declared true laws."""

    name = "simulate"
    version = VERSION
    is_simulated = True
    Settings = SimulateSettings

    def problems(self, experiment: Experiment, settings: SimulateSettings) -> list[str]:
        """What does not fit: undeclared or undrawn columns, unknown contexts, impossible truths."""
        dims = {d.name for d in experiment.dimensions}
        contexts = {c.name: c for c in experiment.context}
        found: list[str] = []
        known = set(dims)
        for truth in settings.truths:
            found += [f"truths: {truth.column}: {p}" for p in truth.problems()]
            found += [f"truths: {truth.column}: {d!r} is no dimension" for d in truth.by if d not in dims]
            found += [
                f"truths: {truth.column}: {n!r} is not drawn before it" for n in truth.reads if n not in known
            ]
            known.add(truth.column)
        for name, parts in settings.sums.items():
            found += [f"sums: {name}: {p!r} is not drawn" for p in parts if p not in known]
        for name, values in (*settings.crossed.items(), *settings.within.items(), *settings.mixed.items()):
            if name not in contexts:
                found.append(f"{name!r} is no context of the experiment")
            elif allowed := contexts[name].allowed:
                found += [f"context {name!r} does not list {v!r}" for v in values if v not in allowed]
        found += [f"levels: {d!r} is no dimension" for d in settings.levels if d not in dims]
        found += _tied_problems(experiment, settings)
        untied = [d for d in experiment.dimensions if d.name not in settings.tied]
        found += [f"dimension {d.name!r} has no levels" for d in untied if not _levels(d, settings)]
        return found + _column_problems(experiment, settings)

    def run(
        self,
        experiment: Experiment,
        settings: SimulateSettings,
        *,
        seed: int,
        mode: str,
        label: str,
        progress: Progress,
    ) -> Iterator[Row]:
        """Yield the rows of every run, cell by cell (see ``WorkloadKind.run``)."""
        prefix = run_prefix(experiment, mode, label, version=VERSION)
        runs_per_cell = settings.runs_per_cell * max(1, len(experiment.seeds))
        header = bookkeeping(experiment, mode, runs_per_cell)
        when = _time_of(label)
        cells = list(_cells(experiment, settings))
        total, done = len(cells) * runs_per_cell, 0
        for cell in cells:
            place = [f"{name}={value}" for name, value in cell.items()]
            for declared_seed, repeat in itertools.product(
                experiment.seeds or (None,), range(settings.runs_per_cell)
            ):
                entropy = int(content_id(seed, experiment.name, mode, label, cell, declared_seed, repeat), 16)
                own_seed = entropy % 2**31 if declared_seed is None else declared_seed
                run: Row = {
                    "run_id": f"{prefix}-{done:05d}",
                    "seed": own_seed,
                    "is_simulated": True,
                    **when,
                    **header,
                }
                rows = _run_rows({**run, **cell}, settings, np.random.default_rng(entropy))
                yield from (_typed(row, experiment.column_types) for row in rows)
                done += 1
                progress(done, total, ", ".join(place))


def _cells(experiment: Experiment, settings: SimulateSettings) -> Iterator[dict[str, Any]]:
    """All cells of the design, in declared order."""
    free = [d for d in experiment.dimensions if d.name not in settings.tied]
    axes: dict[str, tuple[Any, ...]] = {"condition": experiment.conditions} if experiment.conditions else {}
    axes |= {d.name: _levels(d, settings) for d in free} | settings.crossed
    for cell in _combinations(axes):
        tied = {name: by_condition[cell["condition"]] for name, by_condition in settings.tied.items()}
        yield {**cell, **tied}


def _combinations(axes: Mapping[str, tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    for values in itertools.product(*axes.values()):
        yield dict(zip(axes, values, strict=True))


def _levels(dimension: Any, settings: SimulateSettings) -> tuple[float, ...]:
    return settings.levels.get(dimension.name) or dimension.levels


def _run_rows(run: Row, settings: SimulateSettings, rng: np.random.Generator) -> list[Row]:
    """All rows of one run, columns as floats."""
    for name, weights in settings.mixed.items():
        share = np.array(list(weights.values())) / sum(weights.values())
        run = {**run, name: list(weights)[int(rng.choice(len(share), p=share))]}
    rows = [
        {**run, **place} for place in _combinations(settings.within) for _ in range(settings.rows_per_run)
    ]
    numbers = {k: np.full(len(rows), v, dtype=float) for k, v in run.items() if isinstance(v, int | float)}
    for truth in settings.truths:
        numbers[truth.column] = _rounded(truth.sample(rows, numbers, rng))
    for name, parts in settings.sums.items():
        # Nine decimals: far below any rule's tolerance, and free of the dust of binary addition.
        numbers[name] = np.round(sum((numbers[p] for p in parts), start=np.zeros(len(rows))), 9)
    drawn = [*[t.column for t in settings.truths], *settings.sums]
    return [{**row, **{name: float(numbers[name][i]) for name in drawn}} for i, row in enumerate(rows)]


def _rounded(values: np.ndarray) -> np.ndarray:
    """Seven significant digits: more than any instrument has, and a third of the bytes."""
    return np.array([float(f"{v:.7g}") for v in values])


def _typed(row: Row, types: dict[str, str]) -> Row:
    """Integers and booleans as such where the experiment declares them."""
    for name, kind in types.items():
        if name in row and kind == "integer":
            row[name] = round(row[name])
        elif name in row and kind == "boolean":
            row[name] = bool(row[name])
    return row


def _time_of(label: str) -> dict[str, str]:
    try:
        return {"observed_at": f"{date.fromisoformat(label).isoformat()}T00:00:00Z"}
    except ValueError:
        return {}


def _tied_problems(experiment: Experiment, settings: SimulateSettings) -> list[str]:
    found = []
    for name, by_condition in settings.tied.items():
        if name not in {d.name for d in experiment.dimensions}:
            found.append(f"tied: {name!r} is no dimension")
        if set(by_condition) != set(experiment.conditions):
            found.append(
                f"tied: {name!r} must give one value for each of the conditions {list(experiment.conditions)}"
            )
    return found


def _column_problems(experiment: Experiment, settings: SimulateSettings) -> list[str]:
    types = experiment.column_types
    drawn = {*[t.column for t in settings.truths], *settings.sums}
    found = [f"truths: {n!r} is no declared column or metric" for n in sorted(drawn - set(types))]
    made = drawn | {*settings.crossed, *settings.within, *settings.mixed, *BOOKKEEPING}
    made |= {d.name for d in experiment.dimensions}
    optional = {c.name for c in experiment.columns if not c.required}
    optional |= {c.name for c in experiment.context if not c.required}
    optional |= {m.name for m in experiment.metrics if not m.required}
    found += [f"column {n!r} is required, but nothing makes it" for n in sorted(set(types) - made - optional)]
    texts = sorted(n for n in drawn if types.get(n) in ("text", "timestamp"))
    return found + [f"truths: {n!r} is declared as {types[n]}, which cannot be drawn" for n in texts]
