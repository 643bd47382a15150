"""A law's picture as a plotly figure: hover for numbers, zoom, switch traces off.

What belongs here: plotly. What does not: what is shown (``scene``), the page around it (``summary``).
"""

import json

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import Law
from scaling_assets.report import wording
from scaling_assets.report.scene import Curve, Scene, compose, extent
from scaling_assets.report.ticks import log_ticks

BLUE, VERMILION, GREY = "#0072b2", "#d55e00", "#7d8590"
DIGITS = 6  # significant digits a picture needs: keeps pages small and bytes stable


def interactive(law: Law, experiment: Experiment, trials: pd.DataFrame) -> go.Figure:
    """The law's picture with the same content as the PNG; backgrounds are left to the page."""
    scene = compose(law, experiment, trials)
    figure = go.Figure()
    if scene.curve is not None:
        _curve(figure, scene, scene.curve)
    _data(figure, scene)
    if scene.domain is not None and scene.curve is not None:
        figure.add_vrect(
            x0=scene.domain[0], x1=scene.domain[1], fillcolor=GREY, opacity=0.08, line_width=0, layer="below"
        )
    if scene.notice:
        figure.add_annotation(
            text=_plain(scene.notice), x=0.5, y=1, xref="paper", yref="paper", showarrow=False
        )
    axis = {"gridcolor": "rgba(125,133,144,0.22)", "zeroline": False}
    figure.update_xaxes(title=_plain(scene.x_label), type="log" if scene.is_log_x else "linear", **axis)
    figure.update_yaxes(title=_plain(scene.y_label), type="log" if scene.is_log_y else "linear", **axis)
    for is_log, (low, high), update in zip(
        (scene.is_log_x, scene.is_log_y),
        extent(scene),
        (figure.update_xaxes, figure.update_yaxes),
        strict=True,
    ):
        if is_log and high > low:
            ticks = log_ticks(low, high)
            update(tickvals=ticks, ticktext=[wording.number(tick, 3) for tick in ticks])
    figure.update_layout(
        template="none",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 62, "r": 14, "t": 12, "b": 84},
        legend={"orientation": "h", "y": -0.24, "x": 0},
        hovermode="closest",
        height=380,
    )
    return figure


def script_json(figure: go.Figure) -> str:
    """The figure as JSON that may stand inside a script element: no '<' that could close it."""
    text = json.dumps(json.loads(figure.to_json()), sort_keys=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _curve(figure: go.Figure, scene: Scene, drawn: Curve) -> None:
    percent = f"{scene.level * 100:g} %"
    for low, high, shade, name in (
        (drawn.run_low, drawn.run_high, "rgba(0,114,178,0.12)", f"{percent}: a new run"),
        (drawn.low, drawn.high, "rgba(0,114,178,0.30)", f"{percent}: the curve"),
    ):
        figure.add_scatter(
            x=_short(np.concatenate([drawn.x, drawn.x[::-1]])),
            y=_short(np.concatenate([high, low[::-1]])),
            fill="toself",
            fillcolor=shade,
            line={"width": 0},
            mode="lines",
            hoverinfo="skip",
            name=name,
        )
    name = "measured = predicted" if scene.is_against_predicted else "fitted curve"
    figure.add_scatter(
        x=_short(drawn.x), y=_short(drawn.value), mode="lines", name=name, line={"color": BLUE, "width": 2}
    )


def _data(figure: go.Figure, scene: Scene) -> None:
    if scene.points.size:
        figure.add_scatter(
            x=_short(scene.points[:, 0]),
            y=_short(scene.points[:, 1]),
            mode="markers",
            name=f"{scene.n_units:,} units",
            marker={"color": GREY, "size": 5, "opacity": 0.55},
        )
    if scene.cells.size:
        x, y, low, high = scene.cells.T
        reach = [_short(np.nan_to_num(np.clip(part, 0, None))) for part in (high - y, y - low)]
        figure.add_scatter(
            x=_short(x),
            y=_short(y),
            mode="markers",
            name="cells, 95 %",
            marker={"color": VERMILION, "size": 8, "symbol": "diamond"},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": reach[0],
                "arrayminus": reach[1],
                "thickness": 1.2,
            },
        )


def _short(values: np.ndarray) -> list[float | None]:
    return [float(f"{v:.{DIGITS}g}") if np.isfinite(v) else None for v in np.asarray(values, dtype=float)]


def _plain(text: str) -> str:
    """Plotly reads a small HTML in texts; ours are words only."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
