"""What a picture of one law shows, in data units: points, cells, curve, bands, ranges, words.

What belongs here: choosing and arranging what is drawn, once for every renderer. What does not:
drawing (``figures``, ``interactive``, ``sparkline``), statistics (the curve and its bands, and the
cell estimates with their intervals, come from ``science``).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from scaling_assets.records.experiment import Experiment, Filter, LawQuestion
from scaling_assets.records.law import Law
from scaling_assets.report import wording
from scaling_assets.report.remembered import remembered
from scaling_assets.science.fitting.predict import curve, point_curve
from scaling_assets.science.trials import cell_estimates, select

CURVE_POINTS = 80
BAND_POINTS = 25  # the new-run band costs 4 ms a point and is smooth: lines between these are exact enough
MAX_POINTS = 2_000  # more dots than this add ink, not information; the count stays in the legend
REACH = 3.0  # how far beyond the data a curve is drawn when no declared target lies further out


@dataclass(frozen=True, eq=False)
class Curve:
    """A law along one axis: shape (n,) each. ``low``/``high`` bound the mean curve, ``run_*`` a new run."""

    x: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    run_low: np.ndarray
    run_high: np.ndarray


@dataclass(frozen=True, eq=False)
class Scene:
    """One picture. ``points`` (n, 2) are units, ``cells`` (m, 4) are x, estimate, low, high."""

    title: str
    subtitle: str
    x_label: str
    y_label: str
    points: np.ndarray
    n_units: int
    cells: np.ndarray
    curve: Curve | None
    domain: tuple[float, float] | None
    is_log_x: bool
    is_log_y: bool
    is_against_predicted: bool
    notice: str
    level: float


@remembered
def compose(law: Law, experiment: Experiment, trials: pd.DataFrame) -> Scene:
    """Arrange the picture of a law and the trials it was fitted to.

    One axis: the metric against it. Several: measured against predicted. A law that cannot be used
    shows its data and the reason.

    Args:
        trials: the experiment's trial frame (``records.trial``), all metrics.

    Raises:
        KeyError: the law's metric or axes are not those of the experiment.
    """
    metric = experiment.metric(law.metric)
    chosen = select(experiment, trials, filter_of(law, experiment), law.metric)
    level = law.parameters[0].level if law.parameters else 0.95
    values = chosen["value"].to_numpy(dtype=float)
    inputs = chosen[list(law.axes)].to_numpy(dtype=float)
    many = len(law.axes) > 1 and law.is_usable
    drawn = cells = None
    if many:
        points, drawn = _against_predicted(law, inputs, values, level)
        cells = np.empty((0, 4))
        x_label = f"predicted {wording.labelled(law.metric, metric.unit)}"
    else:
        points = np.column_stack([inputs[:, 0], values])
        axis = experiment.dimension(law.axes[0])
        x_label = wording.labelled(axis.name, axis.unit)
        cells = _cells(law, experiment, trials)
        if law.is_usable:
            drawn = _along(law, experiment, level)
    points = points[np.isfinite(points).all(axis=1)]
    heights = [points[:, 1], *([drawn.value, drawn.low] if drawn else [])]
    return Scene(
        title=_title(law),
        subtitle=_subtitle(law),
        x_label=x_label,
        y_label=f"{'measured ' if many else ''}{wording.labelled(law.metric, metric.unit)}",
        points=_thinned(points),
        n_units=len(points),
        cells=cells,
        curve=drawn,
        domain=None if many or not law.domain else law.domain[0],
        is_log_x=_is_positive(points[:, 0]),
        # A share is read on a straight axis; anything else positive on a logarithmic one, so that a
        # power law is a line.
        is_log_y=_is_positive(*heights) and metric.bounds != (0.0, 1.0),
        is_against_predicted=many,
        notice="" if law.is_usable else f"No usable law ({wording.status_text(law)}): {law.reason}",
        level=level,
    )


def question_of(law: Law, experiment: Experiment) -> LawQuestion | None:
    """The declared question that the law answers; None when the declaration no longer asks it."""
    return next((q for q in experiment.laws if q.label == law.question), None)


def filter_of(law: Law, experiment: Experiment) -> Filter:
    """Which cells the law is about: its question's filter and its own group."""
    question = question_of(law, experiment)
    return {**(question.where if question else {}), **law.group}


def extent(scene: Scene) -> tuple[tuple[float, float], tuple[float, float]]:
    """Lowest and highest x and y that a picture must hold: data, curve, new-run band where measured."""
    xs, ys = [scene.points[:, 0]], [scene.points[:, 1]]
    if scene.cells.size:
        ys += [scene.cells[:, 1:].ravel()]
    if scene.curve:
        xs += [scene.curve.x]
        ys += [scene.curve.value, scene.curve.low, scene.curve.high]
        low, high = scene.domain or (-np.inf, np.inf)
        inside = (scene.curve.x >= low) & (scene.curve.x <= high)
        ys += [scene.curve.run_low[inside], scene.curve.run_high[inside]]
    return _span(xs, scene.is_log_x), _span(ys, scene.is_log_y)


def _span(parts: list[np.ndarray], is_log: bool) -> tuple[float, float]:
    values = np.concatenate(parts)
    values = values[np.isfinite(values) & ((values > 0) if is_log else True)]
    return (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)


def _along(law: Law, experiment: Experiment, level: float) -> Curve:
    low, high = law.domain[0]
    limit = law.extrapolation_limit
    targets = [t for t in experiment.dimension(law.axes[0]).targets if low / limit <= t <= high * limit]
    start = min([low, *targets])
    end = max([high * min(limit, REACH), *targets])
    spaced = np.geomspace if start > 0 else np.linspace
    x = spaced(start, end, CURVE_POINTS)
    return _curve(law, x[:, None], x, level)


def _curve(law: Law, inputs: np.ndarray, x: np.ndarray, level: float) -> Curve:
    """Curve and bands at inputs (n, k) that follow one another smoothly, drawn at x (n,)."""
    value, low, high = curve(law, inputs, kind="mean_curve", level=level)
    every = np.arange(len(x))
    chosen = np.unique(np.linspace(0, len(x) - 1, min(BAND_POINTS, len(x))).astype(int))
    _, *run = curve(law, inputs[chosen], kind="new_run", level=level)
    run_low, run_high = (np.interp(every, chosen, bound) for bound in run)
    return Curve(x, value, low, high, np.minimum(run_low, low), np.maximum(run_high, high))


def _against_predicted(
    law: Law, inputs: np.ndarray, values: np.ndarray, level: float
) -> tuple[np.ndarray, Curve | None]:
    if not len(inputs):
        return np.empty((0, 2)), None
    predicted = point_curve(law, inputs)
    order = np.argsort(predicted, kind="stable")
    return np.column_stack([predicted, values]), _curve(law, inputs[order], predicted[order], level)


def _cells(law: Law, experiment: Experiment, trials: pd.DataFrame) -> np.ndarray:
    found = cell_estimates(experiment, trials, law.metric, filter_of(law, experiment))
    kept = found[[law.axes[0], "estimate", "low", "high"]].to_numpy(dtype=float)
    return kept[np.isfinite(kept[:, :2]).all(axis=1)]


def _thinned(points: np.ndarray) -> np.ndarray:
    if len(points) <= MAX_POINTS:
        return points
    ordered = points[np.lexsort((points[:, 1], points[:, 0]))]
    return ordered[np.linspace(0, len(ordered) - 1, MAX_POINTS).astype(int)]


def _is_positive(*parts: np.ndarray) -> bool:
    return all(part.size > 0 and bool(np.nanmin(part) > 0) for part in parts)


def _title(law: Law) -> str:
    by = " and ".join(law.axes)
    group = wording.group_text(law.group)
    return f"{law.metric} by {by}" + (f" · {group}" if group else "")


def _subtitle(law: Law) -> str:
    parts = [wording.status_text(law), "simulated" if law.is_simulated else "measured"]
    parts.append(f"{wording.family_title(law)}: {wording.equation(law)}")
    exponents = [p for p in law.parameters if p.role == "exponent" and p.value is not None]
    if law.is_usable:
        shown = exponents or [p for p in law.parameters if p.value is not None][:3]
        parts += [f"{p.role} {wording.parameter_text(p)}".strip() for p in shown]
    return " · ".join(parts)
