"""Shapes of JSON answers about laws over time: changes, baselines, looks of new runs.

What belongs here: records as plain values, as in ``shapes``. What does not: what they mean (``records``).
"""

from typing import Any

from scaling_assets.cli.shapes import moment
from scaling_assets.records.baseline import Baseline, BaselineEntry, Comparison
from scaling_assets.records.change import Change, ChangeDecision, Series, SeriesKey, Watched
from scaling_assets.records.look import LawLook


def change(found: Change, watched: Watched) -> dict[str, Any]:
    """One reported change with where it stands; the part that names it comes first."""
    decision = watched.decision(found)
    plain = {k: v for k, v in vars(found).items() if k not in ("key", "parts", "reported_at")}
    return {
        **_series_key(found.key),
        **plain,
        "status": watched.status(found).value,
        "reported_at": moment(found.reported_at),
        "parts": [dict(vars(part)) for part in found.parts],
        "decision": None if decision is None else change_decision(decision),
    }


def watched_series(found: Series) -> dict[str, Any]:
    """One watched series as it was judged last."""
    plain = {k: v for k, v in vars(found).items() if k != "key"}
    return {**_series_key(found.key), **plain, "autocorrelation": dict(found.autocorrelation)}


def change_decision(found: ChangeDecision) -> dict[str, Any]:
    """What somebody decided about a change."""
    return {**vars(found), "status": found.status.value, "decided_at": moment(found.decided_at)}


def _series_key(key: SeriesKey) -> dict[str, Any]:
    return {**vars(key), "group": dict(key.group), "hardware": dict(key.hardware)}


def baseline_entry(found: Baseline | BaselineEntry) -> dict[str, Any]:
    """A baseline without its laws: who certified what, when and why."""
    return {
        "name": found.name,
        "version": found.version,
        "baseline_id": found.baseline_id,
        "certified_by": found.certified_by,
        "reason": found.reason,
        "certified_at": moment(found.certified_at),
        "n_laws": found.n_laws if isinstance(found, BaselineEntry) else len(found.laws),
        "n_metrics": found.n_metrics if isinstance(found, BaselineEntry) else len(found.metrics),
    }


def comparison(found: Comparison) -> dict[str, Any]:
    """One monitored part against its baseline; numbers are null where it cannot be compared."""
    return {**vars(found), "group": dict(found.group), "outcome": found.outcome.value}


def look(found: LawLook) -> dict[str, Any]:
    """One look of new runs at a law, with the evidence of each test."""
    tests = {name: vars(test) for name, test in found.tests.items()}
    return {
        **vars(found),
        "group": dict(found.group),
        "tests": tests,
        "looked_at": moment(found.looked_at),
    }
