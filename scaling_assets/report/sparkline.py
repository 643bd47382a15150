"""A law's picture in fewer than 1000 characters, so that the Dagster UI shows it inline.

What belongs here: the small SVG. What does not: what is shown (``scene``). The UI renders Markdown
of up to 999 characters in place and hides longer text behind a link; the SVG must fit in about 700.
"""

import base64
import math

import numpy as np
import pandas as pd

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import Law
from scaling_assets.report.scene import Scene, compose

LIMIT = 1000
WIDTH, HEIGHT, EDGE = 160, 80, 4  # short coordinates ...
SHOWN = 2.5  # ... drawn this many times as large
MAX_DOTS = 24


def sparkline(law: Law, experiment: Experiment, trials: pd.DataFrame) -> str:
    """A Markdown image of data, curve and new-run band, shorter than 1000 characters in total."""
    content = base64.b64encode(small_svg(law, experiment, trials).encode()).decode()
    return f"![fit](data:image/svg+xml;base64,{content})"


def small_svg(law: Law, experiment: Experiment, trials: pd.DataFrame) -> str:
    """The picture itself: no text of the user's is in it, so nothing needs escaping."""
    scene = compose(law, experiment, trials)
    dots, knots = MAX_DOTS, 11
    while True:
        svg = _draw(scene, dots, knots)
        if len("![fit](data:image/svg+xml;base64,)") + 4 * math.ceil(len(svg) / 3) < LIMIT:
            return svg
        dots, knots = dots - 2, max(knots - 1, 3)


def _draw(scene: Scene, dots: int, knots: int) -> str:
    points = _spread(scene.points, dots)
    inside = scene.curve
    lines = []
    parts = [points]
    if inside is not None:
        chosen = np.linspace(0, len(inside.x) - 1, knots).astype(int)
        lines = [
            np.column_stack([inside.x[chosen], y[chosen]])
            for y in (inside.value, inside.run_low, inside.run_high)
        ]
        parts += lines
    x = _pixels(np.concatenate([p[:, 0] for p in parts]), scene.is_log_x, WIDTH, False)
    y = _pixels(np.concatenate([p[:, 1] for p in parts]), scene.is_log_y, HEIGHT, True)
    ends = np.cumsum([len(p) for p in parts])[:-1]
    drawn = [list(zip(a, b, strict=True)) for a, b in zip(np.split(x, ends), np.split(y, ends), strict=True)]
    body = ""
    if lines:
        band = " ".join(f"{a},{b}" for a, b in [*drawn[2], *drawn[3][::-1]])
        body += f'<path d="M{band}z" fill="#0072b2" opacity=".3"/>'
    body += f'<path d="{"".join(f"M{a} {b}h0" for a, b in drawn[0])}" stroke="#888" stroke-width="3"/>'
    if lines:
        body += f'<path d="M{" ".join(f"{a},{b}" for a, b in drawn[1])}" stroke="#0072b2"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SHOWN * WIDTH:g}" viewBox="0 0 {WIDTH} {HEIGHT}" fill="none" '
        f'stroke-linecap="round">{body}</svg>'
    )


def _spread(points: np.ndarray, dots: int) -> np.ndarray:
    """At most so many points, spread evenly over the data ordered by x, then y."""
    ordered = points[np.lexsort((points[:, 1], points[:, 0]))]
    if len(ordered) <= dots:
        return ordered
    return ordered[np.linspace(0, len(ordered) - 1, dots).astype(int)]


def _pixels(values: np.ndarray, is_log: bool, size: int, is_upward: bool) -> np.ndarray:
    """Whole pixels between the edges; values that a logarithm cannot take sit on the lower edge."""
    if is_log:
        values = np.log10(np.where(values > 0, values, np.nan))
    finite = values[np.isfinite(values)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    share = np.nan_to_num((values - low) / ((high - low) or 1.0), nan=0.0, posinf=1.0, neginf=0.0)
    if is_upward:
        share = 1 - share
    return np.rint(EDGE + share * (size - 2 * EDGE)).astype(int)
