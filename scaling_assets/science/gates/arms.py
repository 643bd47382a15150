"""The two arms of a comparison, one line a unit, and what has to agree before they may be compared.

What lives here: which trials belong to which arm, pairing by declared columns, strata, linearised values of
ratios. What does not: tests and bounds (``science.testing``), outcomes (``comparison``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scaling_assets.records.experiment import Experiment, Metric, Scalar
from scaling_assets.science.trials.select import matches, plain

SUMS = ("rate", "count", "ratio")


class NotComparable(Exception):
    """The arms cannot be compared as declared; the message says why, ``remedy`` what to do."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.remedy = remedy


@dataclass(frozen=True, eq=False)
class Arm:
    """One line a unit (and stratum), and the trials it came from.

    Columns of ``lines``: unit, key, stratum, value, variance (within the unit), rows, numerator, denominator.
    """

    name: str
    lines: pd.DataFrame
    trials: pd.DataFrame

    @property
    def n_units(self) -> int:
        """Independent units."""
        return int(self.lines["unit"].nunique())

    def at(self, stratum: str) -> "Arm":
        """The arm inside one stratum."""
        return self.keeping(self.lines["stratum"] == stratum)

    def keeping(self, chosen: "pd.Series") -> "Arm":
        """The arm with these lines only."""
        return Arm(self.name, self.lines[chosen], self.trials)


def arm_of(
    experiment: Experiment, trials: pd.DataFrame, column: str, level: Scalar, keys: Sequence[str], strata: Sequence[str]
) -> Arm:  # fmt: skip
    """Put the cells of each unit together, inside each stratum; ``trials`` are those of one metric."""
    mine = trials[matches(experiment, column, trials[column], level)]
    good = mine[mine["value"].notna() & (mine["n"] > 0)]
    lines = pd.DataFrame({
        "unit": good["unit"], "key": joined(good, keys), "stratum": joined(good, strata),
        "weighed": good["value"] * good["n"], "within": (good["sd"] ** 2).fillna(0.0) * good["n"],
        "rows": good["n"].astype(float), "numerator": good["numerator"], "denominator": good["denominator"],
    })  # fmt: skip
    summed = lines.groupby(["unit", "key", "stratum"], sort=True, as_index=False, dropna=False).sum(
        min_count=1
    )
    summed["value"] = summed["weighed"] / summed["rows"]
    summed["variance"] = summed["within"] / summed["rows"]
    return Arm(f"{column} = {plain(level)}", summed, good)


def joined(frame: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """The columns' values as one text, missing where any of them is missing; "" without columns."""
    if not columns:
        return pd.Series("", index=frame.index, dtype=object)
    texts = [
        frame[c].map(lambda v: f"{v:g}" if isinstance(v, float) else str(v), na_action="ignore")
        for c in columns
    ]
    found = texts[0].astype(object)
    for text in texts[1:]:
        found = found.str.cat(text.astype(object), sep="/")
    return found


def pairs(treatment: Arm, control: Arm, planned: Sequence[str], most_missing: float) -> tuple[Arm, Arm, int]:
    """Return the arms without the lines that have no partner, and how many keys those were.

    A key counts as missing when either arm lacks it, planned keys that neither has included; a line without
    a key has no partner.

    Raises:
        NotComparable: more than ``most_missing`` of all keys have no partner.
    """
    ours, theirs = (set(arm.lines["key"].dropna()) for arm in (treatment, control))
    nameless = int(sum(arm.lines["key"].isna().sum() for arm in (treatment, control)))
    both, every = ours & theirs, ours | theirs | set(planned)
    missing = len(every) - len(both) + nameless
    share = missing / (len(every) + nameless) if every or nameless else 1.0
    if share > most_missing:
        names = ", ".join(sorted(every - both)[:5])
        raise NotComparable(
            f"{missing} of {len(every) + nameless} pairs lack a partner ({share:.0%}; at most {most_missing:.0%} "
            f"may){': ' + names if names else ''}",
            "Run the missing partners, or declare a larger 'most_missing'.",
        )
    ours_kept, theirs_kept = (arm.keeping(arm.lines["key"].isin(both)) for arm in (treatment, control))
    return ours_kept, theirs_kept, missing


def linear(metric: Metric, arm: Arm, effect: str) -> tuple[float, pd.DataFrame]:
    """Return the arm's value, and one linearised value a unit whose plain mean it is (unit, key, value).

    A ratio of sums R becomes R + (numerator - R denominator) / mean(denominator) for each unit (Cochran,
    Sampling Techniques, 3rd ed., section 6.4; Deng et al. 2018, KDD, section 3). For the effect "ratio" the values
    are of the logarithm, and spread as the logarithm without each unit does (see ``_of_logarithm``).

    Raises:
        NotComparable: a ratio of something that is not positive, or that rests on a single unit.
    """
    lines = arm.lines
    sums = metric.kind in SUMS
    scale = metric.scale if sums and metric.kind != "rate" else 1.0
    tops = (lines["numerator"] if sums else lines["value"]).to_numpy(dtype=float)
    bottoms = lines["denominator"].to_numpy(dtype=float) if sums else np.ones(len(lines))
    if not len(lines):
        mean, values = float("nan"), tops
    elif sums:
        total = float(tops.sum() / bottoms.sum())
        values = scale * (total + (tops - total * bottoms) / bottoms.mean())
        mean = float(values.mean())
    else:
        mean, values = float(tops.mean()), tops
    if effect == "ratio" and len(values):
        if mean <= 0:
            raise NotComparable(
                f"{arm.name} has a value of {mean:.4g}: no ratio can be formed",
                "Compare the difference instead.",
            )
        values = _of_logarithm(arm.name, mean, tops, bottoms)
    return mean, pd.DataFrame({"unit": lines["unit"], "key": lines["key"], "value": values})


def _of_logarithm(name: str, mean: float, tops: np.ndarray, bottoms: np.ndarray) -> np.ndarray:
    """One value a unit, whose mean is ln(mean) and whose spread is the jackknife's of the log ratio of sums.

    Tukey's pseudo-values (Miller 1974, Biometrika 61) about the estimate itself. First-order linearisation spreads
    too little for skewed sums (docs/testing.md has what either lets pass).
    """
    n = len(tops)
    if n < 2:
        return np.full(n, np.log(mean))
    rest, below = tops.sum() - tops, bottoms.sum() - bottoms
    if np.any(rest <= 0) or np.any(below <= 0):
        raise NotComparable(
            f"the value of {name} rests on a single unit: without it no ratio can be formed",
            "Add units, or compare the difference instead.",
        )
    without = np.log(rest / below)
    return np.log(mean) - (n - 1) * (without - without.mean())


def composite(
    metric: Metric, arm: Arm, weights: dict[str, float], effect: str
) -> tuple[float, pd.DataFrame, int]:
    """Units that were measured in every stratum: one weighted value a unit, and how many units lack some."""
    total = sum(weights.values())
    counts = arm.lines.groupby("unit")["stratum"].nunique()
    whole = set(counts.index[counts == len(weights)])
    parts, value = [], 0.0
    for stratum, weight in weights.items():
        inside = arm.at(stratum)
        mean, lines = linear(metric, inside.keeping(inside.lines["unit"].isin(whole)), effect)
        value += weight / total * mean
        parts.append(lines.assign(value=lines["value"] * weight / total))
    together = pd.concat(parts).groupby("unit", sort=True)
    lines = together.agg({"value": "sum", "key": "first"}).reset_index()
    return value, lines, len(counts) - len(whole)
