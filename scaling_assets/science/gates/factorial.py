"""From trials to the contrast of a factorial design: cells, what was seen within a unit or block, which bounds.

What lives here: one value an independent unit and cell, the weights of an effect, the choice of the error term.
What does not: formulas (``science.testing``), settings, words and outcomes (``interaction``).

A factor that varies within the independent unit (a tier that every run answers, or anything inside a declared
block) is a within factor: its part of the effect is formed in each unit first, so that what the unit shares
cancels. The other factors make independent cells. With every factor within, one number a unit is left and
Student's t has n - 1 degrees of freedom, as for pairs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd

from scaling_assets.records.experiment import Experiment, Metric, Scalar
from scaling_assets.records.looking import Looks
from scaling_assets.science import testing
from scaling_assets.science.gates.arms import Arm, NotComparable, arm_of, linear
from scaling_assets.science.testing import factorial, sequences
from scaling_assets.science.testing.contrast import Contrast
from scaling_assets.science.trials.select import matches, plain

Levels = Mapping[str, Sequence[Scalar]]
Cell = tuple[int, ...]  # the place of each factor's level
NAMED = 5  # units named that lack a cell


@dataclass(frozen=True, eq=False)
class Layout:
    """Cells with one value an independent unit (or block) each; ``within`` are the factors seen in every unit.

    ``values`` has one column a cell, ``items`` events and items of cells of single items, else None.
    """

    factors: Levels
    values: dict[Cell, "pd.Series[float]"]
    means: dict[Cell, float]
    within: tuple[str, ...]
    incomplete: int
    items: dict[Cell, tuple[float, float]] | None

    @property
    def between(self) -> list[Cell]:
        """The independent groups: one cell each, at the first level of every within factor."""
        fixed = [i for i, name in enumerate(self.factors) if name in self.within]
        return [cell for cell in self.values if all(cell[i] == 0 for i in fixed)]

    def inside(self, group: Cell) -> list[Cell]:
        """The cells that the units of an independent group were seen in."""
        free = [i for i, name in enumerate(self.factors) if name not in self.within]
        return [cell for cell in self.values if all(cell[i] == group[i] for i in free)]


def layout_of(
    experiment: Experiment, metric: Metric, trials: pd.DataFrame, factors: Levels, block_by: Sequence[str],
    most_missing: float, effect: str,
) -> Layout:  # fmt: skip
    """Lay the trials of one metric out by cells.

    Raises:
        NotComparable: a cell has no run, too many units lack one of their cells, or simulated and measured
            runs are mixed.
    """
    if trials["is_simulated"].nunique() > 1:
        raise NotComparable(
            "simulated and measured runs are mixed; they are never compared", "Judge them apart."
        )
    arms = _arms(experiment, trials, factors, block_by)
    empty = [arm.name for arm in arms.values() if arm.lines.empty]
    if empty:
        raise NotComparable(f"{' and '.join(empty)} has no run with a value", "Run the missing cells.")
    by = "key" if block_by else "unit"
    seen: dict[str, set[Cell]] = {}
    for cell, arm in arms.items():
        for name in arm.lines[by].dropna():
            seen.setdefault(str(name), set()).add(cell)
    varies = [
        any(len({cell[i] for cell in cells}) > 1 for cells in seen.values()) for i in range(len(factors))
    ]
    planned = [str(seed) for seed in experiment.seeds] if tuple(block_by) == ("seed",) else []
    every = {name: seen.get(name, set()) for name in [*seen, *planned]}
    owed = _owed(factors, varies)
    whole = {name for name, cells in every.items() if cells and len(cells) == owed}
    nameless = int(sum(arm.lines[by].isna().sum() for arm in arms.values()))
    missing, asked = len(every) - len(whole) + nameless, len(every) + nameless
    if missing > most_missing * asked:
        names = ", ".join(sorted(every.keys() - whole)[:NAMED])
        raise NotComparable(
            f"{missing} of {asked} {'blocks' if block_by else 'units'} lack a cell ({missing / asked:.0%}; at most "
            f"{most_missing:.0%} may){': ' + names if names else ''}",
            "Run the missing cells, or declare a larger 'most_missing'.",
        )  # fmt: skip
    kept = {cell: arm.keeping(arm.lines[by].isin(whole)) for cell, arm in arms.items()}
    means, values = {}, {}
    for cell, arm in kept.items():
        means[cell], lines = linear(metric, arm, effect)
        values[cell] = lines.assign(by=arm.lines[by]).groupby("by", sort=True)["value"].mean()
    within = tuple(name for name, is_within in zip(factors, varies, strict=True) if is_within)
    return Layout(factors, values, means, within, missing, _items(metric, kept))


def weights_of(layout: Layout, chosen: Mapping[str, int]) -> dict[Cell, float]:
    """Weights of an effect: the chosen level of each of its factors against the first, over the mean of the rest."""
    found = {}
    for cell in layout.values:
        weight = 1.0
        for place, (name, levels) in zip(cell, layout.factors.items(), strict=True):
            if name not in chosen:
                weight /= len(levels)
            elif place in (0, chosen[name]):
                weight *= 1.0 if place else -1.0
            else:
                weight = 0.0
        found[cell] = weight
    return found


def contrast_of(
    layout: Layout, weights: Mapping[Cell, float], metric: Metric, effect: str, error: str, looks: Looks,
    first: str,
) -> tuple[Contrast, int]:  # fmt: skip
    """Return the weighted sum of cells with its bounds, and the units of its smallest group.

    Args:
        error: "separate" (Welch-Satterthwaite) or "pooled" (one common spread).
        first: a factor of the effect, whose labels a re-assignment would swap.

    Raises:
        NotComparable: the plan of looking has no bounds for such a design.
    """
    parts: dict[Cell, tuple[float, np.ndarray]] = {}
    reach: dict[Cell, tuple[float, float]] = {}
    for group in layout.between:
        cells = layout.inside(group)
        used = any(weights[cell] for cell in cells)
        # An idle group counts for the pooled error by the plain mean of what its units show.
        own = {cell: weights[cell] if used else 1 / len(cells) for cell in cells}
        summed = sum(layout.values[cell] * own[cell] for cell in cells)
        parts[group] = (1.0 if used else 0.0, np.asarray(summed, dtype=float))
        reach[group] = (sum(min(w, 0.0) for w in own.values()), sum(max(w, 0.0) for w in own.values()))
    asked = {group: part for group, part in parts.items() if part[0]}
    smallest = min(len(values) for _, values in asked.values())
    what = f"{len(asked)} groups" if len(asked) > 1 else "one number a unit"
    if looks.plan == "always_valid":
        found = _always(asked, reach, metric, effect, looks)
    elif layout.items is not None and not layout.within and effect == "difference" and error == "separate":
        used_items = [(weights[cell], *layout.items[cell]) for cell in layout.items if weights[cell]]
        found = factorial.of_proportions(*zip(*used_items, strict=True))
    elif error == "pooled":
        found = factorial.pooled(list(parts.values()), f"t over units, common spread of {len(parts)} cells")
    else:
        names = [_words(layout.factors, group, layout.within) for group in asked]
        found = testing.weighted(list(asked.values()), f"Welch t over units, {what}", names)
    if found.bounds is None:
        return found, smallest
    return replace(found, floor=_floor(layout, asked, first)), smallest


def simultaneous(layout: Layout, of: Sequence[str]) -> dict[str, float | None]:
    """The F test of all contrasts of these factors, where nothing varies within a unit; else nothing."""
    if layout.within:
        return {}
    options = [range(1, len(layout.factors[name])) for name in of]
    rows = [
        list(weights_of(layout, dict(zip(of, places, strict=True))).values()) for places in product(*options)
    ]
    cells = [values.to_numpy(dtype=float) for values in layout.values.values()]
    return factorial.simultaneous(np.array(rows), cells)


def level_words(level: Scalar) -> str:
    """A level as people write it."""
    return f"{level:g}" if isinstance(level, float) else str(level)


def _arms(
    experiment: Experiment, trials: pd.DataFrame, factors: Levels, block_by: Sequence[str]
) -> dict[Cell, Arm]:
    *others, last = factors
    found = {}
    for cell in product(*(range(len(levels)) for levels in factors.values())):
        at = {name: factors[name][place] for name, place in zip(factors, cell, strict=True)}
        keep = np.ones(len(trials), dtype=bool)
        for name in others:
            keep &= matches(experiment, name, trials[name], at[name])
        arm = arm_of(experiment, trials[keep], last, at[last], block_by, ())
        found[cell] = replace(arm, name=", ".join(f"{n} = {plain(v)}" for n, v in at.items()))
    return found


def _owed(factors: Levels, varies: Sequence[bool]) -> int:
    """How many cells each unit should be in: the levels of the factors that vary within units."""
    sizes = [len(levels) for levels in factors.values()]
    return int(np.prod([size for size, is_within in zip(sizes, varies, strict=True) if is_within]))


def _items(metric: Metric, arms: Mapping[Cell, Arm]) -> dict[Cell, tuple[float, float]] | None:
    """Events and items of each cell where every unit is one item, so that counts say all; else None."""
    if metric.kind != "rate" or not all((arm.lines["denominator"] <= 1).all() for arm in arms.values()):
        return None
    return {
        cell: (float(arm.lines["numerator"].sum()), float(arm.lines["denominator"].sum()))
        for cell, arm in arms.items()
    }


def _always(
    parts: Mapping[Cell, tuple[float, np.ndarray]], reach: Mapping[Cell, tuple[float, float]], metric: Metric,
    effect: str, looks: Looks,
) -> Contrast:  # fmt: skip
    """Bounds that hold at any time, each independent group with its share of the error."""
    if metric.kind != "value" or effect == "ratio":
        raise NotComparable(
            "bounds of an interaction that hold at any time exist for differences of values only",
            "Declare another plan in 'looks', or ask about the difference of a value.",
        )
    low, high = metric.bounds
    if looks.noise == "bounded" and (low is None or high is None):
        raise NotComparable(
            f"{metric.name} has no two bounds that its units keep, which 'noise: bounded' rests on",
            "Declare 'lower' and 'upper', or 'noise: normal'.",
        )
    found = []
    for group, (_, values) in parts.items():
        limits = None
        if looks.noise == "bounded":
            assert low is not None and high is not None
            down, up = reach[group]
            limits = (up * low + down * high, up * high + down * low)
        found.append(sequences.mean_contrast(values, float(looks.units or sequences.TUNED_FOR), limits))
    return sequences.summed(found)


def _floor(
    layout: Layout, asked: Mapping[Cell, tuple[float, np.ndarray]], first: str
) -> Callable[[float], float]:
    """The smallest p-value that re-assigning can give: labels of ``first`` swapped inside every other cell."""
    sizes = {group: len(values) for group, (_, values) in asked.items()}
    if first in layout.within:
        return factorial.swaps(sum(sizes.values()))
    place = list(layout.factors).index(first)
    pairs: dict[Cell, list[int]] = {}
    for group, size in sizes.items():
        pairs.setdefault((*group[:place], *group[place + 1 :]), []).append(size)
    return testing.fewest(*((ours[0], ours[1]) for ours in pairs.values()))


def _words(factors: Levels, group: Cell, within: Sequence[str]) -> str:
    shown = [
        f"{name} = {level_words(factors[name][place])}"
        for name, place in zip(factors, group, strict=True)
        if name not in within
    ]
    return ", ".join(shown) or "every unit"
