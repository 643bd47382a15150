"""What a law says over its measured range, in sentences.

What belongs here: the ratio between the two ends of the range, from the law's own draws. What does
not: other wording (``wording``, which needs no curve and is therefore quick to load).
"""

import math

import numpy as np

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import Law
from scaling_assets.report import wording
from scaling_assets.science.fitting.predict import draw_curves, point_curve


def sensitivity(law: Law, experiment: Experiment) -> list[str]:
    """What the law says over its measured range, one sentence an axis, in words anyone can check.

    The interval is the law's level over its bootstrap draws, of the ratio between the two ends, so
    that it is narrower than two separate intervals would suggest. A law that found nothing says so.
    """
    metric = experiment.metric(law.metric)
    where = f" ({wording.group_text(law.group)})" if law.group else ""
    if not law.is_usable:
        return [f"{law.metric}{where}: no usable law ({wording.status_text(law)}): {law.reason}"]
    if not any(p.role == "exponent" for p in law.parameters) and len(law.parameters) == 1:
        only = law.parameters[0]
        level = wording.labelled_value(only.value, only.low, only.high, metric.unit)
        axes = " and ".join(law.axes)
        return [f"{law.metric}{where}: no change with {axes} was found over the measured range: {level}"]
    return [_one_axis(law, axis, index, metric.unit, where) for index, axis in enumerate(law.axes)]


def _one_axis(law: Law, axis: str, index: int, unit: str, where: str) -> str:
    middle = [math.sqrt(low * high) if low > 0 else (low + high) / 2 for low, high in law.domain]
    ends = np.array([middle, middle], dtype=float)
    low, high = law.domain[index]
    ends[:, index] = (low, high)
    if not low > 0 or high <= low:
        return f"{law.metric}{where}: {axis} was measured at {wording.number(low)} only"
    times = f"{wording.number(high / low, 3)}x more {axis} ({wording.number(low)} to {wording.number(high)})"
    point, draws = point_curve(law, ends), np.asarray(draw_curves(law, ends))
    level = law.parameters[0].level
    tails = [(1 - level) / 2, (1 + level) / 2]  # quantiles as those of parameters (fitting.interval)
    if min(point) > 0 and draws.size and np.nanmin(draws) > 0:
        change, spread = (
            point[1] / point[0],
            np.nanquantile(draws[:, 1] / draws[:, 0], tails, method="weibull"),
        )
        same, text = (
            1.0,
            f"{wording.number(change, 3)}x {law.metric} {wording.interval(spread[0], spread[1], digits=3)}",
        )
    else:
        change = point[1] - point[0]
        spread = (
            np.nanquantile(draws[:, 1] - draws[:, 0], tails, method="weibull")
            if draws.size
            else np.array([np.nan] * 2)
        )
        gained = f"{'+' if change > 0 else ''}{wording.number(change, 3)}"
        words = (
            gained,
            wording.unit_text(unit),
            law.metric,
            wording.interval(spread[0], spread[1], digits=3),
        )
        same, text = 0.0, " ".join(word for word in words if word)
    finding = ": no change shown, the interval includes none" if spread[0] <= same <= spread[1] else ""
    return f"{times} -> {text}{where}{finding}"
