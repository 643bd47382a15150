"""A law's picture as a PNG, drawn without a screen.

What belongs here: matplotlib. What does not: what is shown (``scene``).
"""

import base64
import io
import textwrap
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import Law
from scaling_assets.report import wording
from scaling_assets.report.remembered import remembered
from scaling_assets.report.scene import Scene, compose, extent
from scaling_assets.report.ticks import log_ticks

# Okabe and Ito's palette: told apart with every common colour vision, and in grey.
BLUE, VERMILION, INK, FAINT = "#0072b2", "#d55e00", "#22272e", "#8b949e"
STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.parse_math": False,  # a dollar sign in a unit is a dollar
    "text.color": INK,
    "axes.edgecolor": "#c9d1d9",
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
}


@remembered
def png(law: Law, experiment: Experiment, trials: pd.DataFrame) -> bytes:
    """The law's picture, 1040 x 650 pixels: units, cells, curve, both bands, measured range.

    The same input gives the same bytes with the same matplotlib.
    """
    scene = compose(law, experiment, trials)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8, 5), dpi=130, facecolor="white")
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0.105, 0.115, 0.865, 0.715))
        _scales(axes, scene)
        _range(axes, scene)
        _curve(axes, scene)
        _data(axes, scene)
        _notice(axes, scene)
        _words(figure, axes, scene)
        target = io.BytesIO()
        figure.savefig(target, format="png", metadata={"Software": None})
    return target.getvalue()


def png_markdown(content: bytes) -> str:
    """A PNG as a Markdown image that needs no file and no network."""
    return f"![fit](data:image/png;base64,{base64.b64encode(content).decode()})"


def _scales(axes: Axes, scene: Scene) -> None:
    xs, ys = extent(scene)
    for axis, is_log, span, limit in (
        (axes.xaxis, scene.is_log_x, xs, axes.set_xlim),
        (axes.yaxis, scene.is_log_y, ys, axes.set_ylim),
    ):
        low, high = span
        if is_log:
            (axes.set_xscale if axis is axes.xaxis else axes.set_yscale)("log")
            margin = max((high / low) ** 0.04, 1.02)
            limit(low / margin, high * margin)
            axis.set_major_locator(FixedLocator(log_ticks(low / margin, high * margin)))
            axis.set_minor_locator(NullLocator())
        else:
            margin = (high - low) * 0.05 or abs(high) * 0.05 or 1.0
            limit(low - margin, high + margin)
        axis.set_major_formatter(FuncFormatter(lambda value, _: wording.number(value, 3)))
        axis.set_minor_formatter(NullFormatter())
    axes.grid(True, which="major", color="#eaeef2", linewidth=0.8)
    axes.set_axisbelow(True)


def _range(axes: Axes, scene: Scene) -> None:
    if scene.domain is None or scene.curve is None:
        return
    low, high = scene.domain
    axes.axvspan(low, high, color="#f3f6fa", zorder=0, linewidth=0)
    for edge in (low, high):
        axes.axvline(edge, color="#d0d7de", linewidth=0.8, zorder=1)
    for text, left, right in (("measured", low, high), ("extrapolated", high, scene.curve.x[-1])):
        if right > left:
            middle = np.sqrt(left * right) if scene.is_log_x else (left + right) / 2
            ends = axes.transData.transform([(left, 1), (right, 1)])[:, 0]
            if ends[1] - ends[0] > 95:  # pixels that the word needs
                axes.text(
                    middle,
                    1.012,
                    text,
                    transform=axes.get_xaxis_transform(),
                    ha="center",
                    va="bottom",
                    fontsize=8,
                    color=FAINT,
                )


def _curve(axes: Axes, scene: Scene) -> None:
    drawn = scene.curve
    if drawn is None:
        return
    percent = f"{scene.level * 100:g} %"
    axes.fill_between(
        drawn.x,
        drawn.run_low,
        drawn.run_high,
        color=BLUE,
        alpha=0.10,
        linewidth=0,
        label=f"{percent}: a new run",
    )
    axes.fill_between(
        drawn.x, drawn.low, drawn.high, color=BLUE, alpha=0.28, linewidth=0, label=f"{percent}: the curve"
    )
    name = "measured = predicted" if scene.is_against_predicted else "fitted curve"
    if scene.domain is None:
        axes.plot(drawn.x, drawn.value, color=BLUE, linewidth=1.8, label=name)
        return
    inside = (drawn.x >= scene.domain[0] * 0.999) & (drawn.x <= scene.domain[1] * 1.001)
    axes.plot(drawn.x, drawn.value, color=BLUE, linewidth=1.5, linestyle=(0, (3, 2)))
    axes.plot(drawn.x[inside], drawn.value[inside], color=BLUE, linewidth=2.0, label=name)


def _data(axes: Axes, scene: Scene) -> None:
    if scene.points.size:
        axes.plot(
            scene.points[:, 0],
            scene.points[:, 1],
            "o",
            color=INK,
            markersize=3.4,
            alpha=0.38,
            markeredgewidth=0,
            zorder=4,
            label=f"{scene.n_units:,} units",
        )
    if scene.cells.size:
        x, y, low, high = scene.cells.T
        reach = np.nan_to_num(np.clip(np.vstack([y - low, high - y]), 0, None))
        axes.errorbar(
            x,
            y,
            yerr=reach,
            fmt="D",
            color=VERMILION,
            markersize=5,
            markeredgecolor="white",
            markeredgewidth=0.7,
            elinewidth=1.1,
            capsize=2.5,
            zorder=5,
            label="cells, 95 %",
        )


def _notice(axes: Axes, scene: Scene) -> None:
    text = scene.notice or ("" if scene.points.size else "No trial has a value for this question yet.")
    if text:
        axes.text(
            0.5,
            0.93,
            textwrap.fill(text, 82),
            transform=axes.transAxes,
            ha="center",
            va="top",
            fontsize=9.5,
            bbox={"boxstyle": "round,pad=0.6", "facecolor": "#fff8ec", "edgecolor": VERMILION},
            zorder=6,
        )


def _words(figure: Figure, axes: Axes, scene: Scene) -> None:
    figure.text(0.022, 0.955, scene.title, fontsize=13, fontweight="bold", va="center")
    lines = textwrap.wrap(scene.subtitle, 118, max_lines=2, placeholder=" …")
    figure.text(0.022, 0.922, "\n".join(lines), fontsize=8.6, color="#57606a", va="top", linespacing=1.35)
    axes.set_xlabel(scene.x_label)
    axes.set_ylabel(scene.y_label)
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        axes.legend(handles, labels, loc="best", fontsize=8, frameon=True, framealpha=0.85, edgecolor="none")
