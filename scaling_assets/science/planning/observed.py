"""The value of a key figure out of an experiment's trials: the latest one by a declared order, with its interval.

What lives here: reading trials in order. What does not: estimates (``trials``), targets (``attainment``).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pydantic import Field

from scaling_assets.records.amount import Amount
from scaling_assets.records.calendar import day_number
from scaling_assets.records.declared import Declared, Filter, Identifier
from scaling_assets.records.experiment import Experiment
from scaling_assets.science.trials import Confidence, estimate, select

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Observed(Declared):
    """A metric of an experiment where the column ``latest_by`` (a dimension or a context) is highest.

    Numbers are ordered as numbers, ISO dates as days, everything else as text. Dates make snapshots for a trend.
    """

    experiment: Identifier
    metric: Identifier
    latest_by: Identifier
    where: Filter = Field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """``amount`` is None where nothing was seen; ``snapshots`` are (day, value) where the order is one of dates."""

    amount: Amount | None
    reason: str = ""
    method: str = ""
    snapshots: tuple[tuple[int, float], ...] = ()
    is_simulated: bool = False


def observed_problems(observed: Observed, experiments: Mapping[str, Experiment]) -> list[str]:
    """Names that the experiment does not declare; sentences."""
    experiment = experiments[observed.experiment]
    columns = experiment.cell_columns
    found = []
    metrics = [metric.name for metric in experiment.metrics]
    if observed.metric not in metrics:
        found.append(f"{observed.metric!r} is no metric of {experiment.name}; it has {', '.join(metrics)}")
    found += [
        f"{name!r} is no dimension or context of {experiment.name}; it has {', '.join(columns)}"
        for name in (observed.latest_by, *observed.where)
        if name not in columns
    ]
    return found


def seen(observed: Observed, experiment: Experiment, trials: pd.DataFrame | None, level: float) -> Seen:
    """The latest value and all dated ones."""
    if trials is None:
        return Seen(None, f"nothing of {observed.experiment} has landed")
    rows = select(experiment, trials, observed.where, observed.metric)
    rows = rows[rows[observed.latest_by].notna()]
    if rows.empty:
        return Seen(None, f"{observed.experiment} has no {observed.metric} with a {observed.latest_by}")
    places = rows[observed.latest_by]
    ordered = _ordered(places)
    metric = experiment.metric(observed.metric)
    found = [(at, estimate(metric, rows[(places == at).to_numpy()], Confidence(level))) for at in ordered]
    latest_at, latest = found[-1]
    is_simulated = bool(rows["is_simulated"].any())
    if latest.value is None:
        return Seen(None, latest.reason, is_simulated=is_simulated)
    low, high = (
        (-np.inf if latest.low is None else latest.low),
        (np.inf if latest.high is None else latest.high),
    )
    amount = Amount("", float(latest.value), float(low), float(high))
    days = [str(at) for at in ordered]
    dated = all(_DAY.fullmatch(day) for day in days)
    values = [e.value for _, e in found] if dated else []
    snapshots = tuple((day_number(d), float(v)) for d, v in zip(days, values, strict=False) if v is not None)
    where = f"{observed.metric} of {observed.experiment} at {observed.latest_by} = {_plain(latest_at)}"
    method = f"{where}, {latest.n_units} units: {latest.method}"
    return Seen(amount, latest.reason, method, snapshots, is_simulated)


def _ordered(places: pd.Series) -> list[float | str]:
    """The distinct values in their order: as numbers where all are, else as text."""
    distinct = list(dict.fromkeys(places.tolist()))
    numbers = pd.to_numeric(pd.Series(distinct), errors="coerce")
    if numbers.notna().all():
        return [value for _, value in sorted(zip(numbers, distinct, strict=True), key=lambda pair: pair[0])]
    return sorted(distinct, key=str)


def _plain(value: float | str) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
