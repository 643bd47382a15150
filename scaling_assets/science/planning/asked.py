"""What a law says where a plan asks it: an amount with an interval, or why there is none.

What lives here: predictions and ratios of predictions as amounts. What does not: which law is meant (``referred``),
predicting (``fitting.predict``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from scaling_assets.errors import LawNotUsable
from scaling_assets.records.amount import Amount
from scaling_assets.records.declared import Declared, Identifier
from scaling_assets.records.law import Law
from scaling_assets.records.plan import LawReference
from scaling_assets.science.fitting.interval import quantile
from scaling_assets.science.fitting.predict import draw_curves, point_curve, predict
from scaling_assets.science.planning.referred import law_meant

UNITS = "units"


class AskedLaw(Declared):
    """A law at a point; ``units`` stands for the quantity of the case or scenario that asks.

    The law's value times ``factor`` is the amount. ``interval`` new_run_over_laws is where one more run would lie,
    mean_curve where the average of many does (the bill of a whole period).
    """

    law: LawReference
    at: Annotated[dict[Identifier, float | Literal["units"]], Field(min_length=1)]
    factor: Annotated[float, Field(gt=0)] = 1.0
    interval: Literal["new_run_over_laws", "new_run", "mean_curve"] = "mean_curve"

    @property
    def asks_for_units(self) -> bool:
        """True when the answer depends on the quantity."""
        return UNITS in self.at.values()


@dataclass(frozen=True)
class Told:
    """``amount`` is None where the law cannot say; ``reason`` then says why, and ``is_refused`` that it never will."""

    amount: Amount | None
    reason: str = ""
    law: Law | None = None
    method: str = ""
    is_refused: bool = False


def told(asked: AskedLaw, laws: Sequence[Law], level: float, units: Amount | None = None) -> Told:
    """The law's answer with its interval at ``level``. A quantity that is a range is not asked: it gets no answer."""
    law = law_meant(asked.law, laws)
    if isinstance(law, str):
        return Told(None, law)
    if asked.asks_for_units and (units is None or not units.is_exact):
        return Told(
            None, f"the {law.family} law of {law.metric} is asked at one quantity, not at a range", law
        )
    at = {axis: (units.value if units else 0.0) if x == UNITS else float(x) for axis, x in asked.at.items()}
    try:
        found = predict(law, at, kind=asked.interval, level=level)
    except LawNotUsable as error:
        return Told(None, error.message, law)
    if found.value is None:
        return Told(
            None, f"the {law.family} law of {law.metric} refuses: {found.reason}", law, is_refused=True
        )
    low, high = (
        end * asked.factor if end is not None else open_
        for end, open_ in ((found.low, -np.inf), (found.high, np.inf))
    )
    amount = Amount("", found.value * asked.factor, float(low), float(high))
    return Told(amount, "", law, f"{law.family} law of {law.metric}, {found.kind}: {found.method}")


def ratio_told(
    reference: LawReference, axis: str, from_x: float, to_x: float, laws: Sequence[Law], level: float
) -> Told:
    """How many times its value at ``from_x`` a law's mean curve has at ``to_x``, over the same draws at both ends.

    A refusal where either end lies beyond the law's limit.
    """
    law = law_meant(reference, laws)
    if isinstance(law, str):
        return Told(None, law)
    if law.axes != (axis,):
        return Told(None, f"the law of {law.metric} scales {', '.join(law.axes)}, not {axis}", law)
    for x in (from_x, to_x):
        try:
            at = predict(law, {axis: x}, kind="mean_curve", level=level)
        except LawNotUsable as error:
            return Told(None, error.message, law)
        if at.value is None:
            return Told(
                None, f"the {law.family} law of {law.metric} refuses: {at.reason}", law, is_refused=True
            )
    points = np.array([[from_x], [to_x]])
    drawn, middle = draw_curves(law, points), point_curve(law, points)
    ratios = drawn[:, 1] / drawn[:, 0]
    if not np.isfinite(ratios).all():
        return Told(None, f"some draws of the {law.family} law of {law.metric} do not exist there", law)
    tail, value = (1 - level) / 2, float(middle[1] / middle[0])
    low, high = min(quantile(ratios, tail), value), max(quantile(ratios, 1 - tail), value)
    return Told(
        Amount("", value, low, high), "", law, f"{law.family} law of {law.metric}: ratio over its draws"
    )


def each_level(level: float, count: int) -> float:
    """The level of each of several intervals that are to hold together (Bonferroni)."""
    return 1 - (1 - level) / max(count, 1)


def law_ids(told_: Iterable[Told]) -> tuple[str, ...]:
    """Ids of the laws that gave an answer, each once."""
    return tuple(dict.fromkeys(one.law.law_id for one in told_ if one.law is not None))
