"""Long rows (one line per metric) put together to wide ones (one line per observation).

Lines belong together when everything on them but ``metric`` and ``value`` is the same.
"""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from scaling_assets.ingest.expected import METRIC, VALUE, Expected, expected_columns, measured_columns
from scaling_assets.ingest.problems import Batch, Problems
from scaling_assets.ingest.rows import check_column
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.observation import Rejection


@dataclass
class _Group:
    row: int  # the first line's position
    lines: dict[str, int]  # metric -> line that gave it


def to_wide(experiment: Experiment, batch: Batch) -> tuple[Batch, list[Rejection]]:
    """One row per observation, at its first line; lines that cannot be part of one are rejected.

    Rejected are: an unknown metric, a value that the metric cannot have, a second line for the same
    metric of the same observation.
    """
    problems = Problems(experiment.name, batch)
    metrics = measured_columns(experiment)
    names = _metric_names(batch, metrics, problems)
    expected = expected_columns(experiment)
    values: list[Any] = [None] * len(batch)
    for metric in metrics:
        rows = [row for row, name in enumerate(names) if name == metric]
        part = [batch.columns[VALUE][row] for row in rows]
        column = Expected(**{**vars(expected[metric]), "required": True})
        inner = Problems(experiment.name, batch, rows)
        for row, value in zip(rows, check_column(column, part, inner), strict=True):
            values[row] = value
        problems.take(inner)
    others = [column for name, column in batch.columns.items() if name not in (METRIC, VALUE)]
    groups: dict[Any, _Group] = {}
    wide: dict[str, list[Any]] = {metric: [] for metric in metrics}
    positions: dict[Any, int] = {}
    for row, key in enumerate(zip(*others, strict=True) if others else [()] * len(batch)):
        if row in problems:
            continue
        key = _hashable(key)
        group = groups.get(key)
        if group is None:
            group = groups[key] = _Group(row, {})
            positions[key] = len(positions)
            for given in wide.values():
                given.append(None)
        metric = names[row]
        if metric in group.lines:
            reason = f"{metric} of this observation was given already on line {group.lines[metric]}"
            remedy = "Keep one of both, or tell the observations apart (run_id, step)."
            problems.add(row, METRIC, metric, reason, remedy)
            continue
        group.lines[metric] = batch.lines[row]
        wide[metric][positions[key]] = values[row]
    first = [group.row for group in groups.values()]
    columns = {
        name: [column[row] for row in first]
        for name, column in batch.columns.items()
        if name not in (METRIC, VALUE, *metrics)
    }
    # A metric that no line of the file names is as absent as a column that no row has.
    columns |= {name: column for name, column in wide.items() if any(v is not None for v in column)}
    lines = [batch.lines[row] for row in first]
    return Batch(columns, lines, lambda i: batch.raw(first[i])), problems.rejections()


def _metric_names(batch: Batch, metrics: tuple[str, ...], problems: Problems) -> list[str]:
    names = []
    known = ", ".join(metrics) or "none"
    for row, raw in enumerate(batch.columns[METRIC]):
        name = raw.strip() if isinstance(raw, str) else ""
        if name not in metrics:
            near = get_close_matches(name, metrics, 1)
            hint = f"Did you mean {near[0]}? " if near else ""
            reason = f"there is no measured metric {name!r}" if name else "the metric's name is missing"
            problems.add(row, METRIC, raw, reason, f"{hint}Known: {known}.")
        names.append(name)
    return names


def _hashable(key: tuple[Any, ...]) -> Any:
    try:
        hash(key)
    except TypeError:
        return repr(key)
    return key
