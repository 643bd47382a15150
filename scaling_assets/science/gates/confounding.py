"""What else differs between the arms of a comparison: as declared in the manifest, and as the runs came.

What lives here: which gates compare which conditions, unevenness of context and dimension columns between two
arms, and both in a finding's words and evidence. What does not: outcomes, which stay as they are: a difference that
is there is measured well, whatever it comes from.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import special

from scaling_assets.records.declared import Scalar
from scaling_assets.records.experiment import Experiment, Gate
from scaling_assets.records.manifest import Difference, Uneven
from scaling_assets.science.gates.comparison import Arms, control_of
from scaling_assets.science.gates.gate import Finding, Settings
from scaling_assets.science.gates.interaction import InteractionSettings
from scaling_assets.science.testing.multiplicity import adjusted
from scaling_assets.science.trials import select
from scaling_assets.science.trials.select import matches

LEVEL = 0.01  # of all columns of a comparison together: below it a spread is called uneven
DRAWS, SEED = 2_000, 20_240_502  # re-assignments of units to arms
MANY_UNITS = 5_000  # from here on the statistic's limit, chi-square, stands in for re-assignments
MOST_LEVELS = 20  # of a number; beyond, its fifths
NAMED = 4


def compared_levels(
    experiment: Experiment, settings: Settings
) -> list[tuple[str, Scalar, Scalar]]:  # column, treatment, control
    """Return the pairs of levels that a gate's settings hold against each other; [] for a gate that does not."""
    if isinstance(settings, Arms):
        control = control_of(experiment, settings)
        return [] if control is None else [(settings.between, settings.treatment, control)]
    if isinstance(settings, InteractionSettings):
        return [
            (name, level, levels[0]) for name, levels in settings.factors.items() if name in settings.asked
            for level in levels[1:]
        ]  # fmt: skip
    return []


def confounders(experiment: Experiment, settings: Settings) -> list[Difference]:
    """Return what the manifest says differs beyond the treatment between the conditions that a gate compares."""
    if experiment.manifest is None:
        return []
    found = [
        difference
        for column, treatment, control in compared_levels(experiment, settings)
        if column == "condition"
        for difference in experiment.manifest.confounders(str(treatment), str(control))
    ]
    return list(dict.fromkeys(found))


def uneven(experiment: Experiment, gate: Gate, settings: Settings, trials: pd.DataFrame) -> list[Uneven]:
    """Return how each context and dimension column is spread over the two arms of a comparison.

    Columns that the design accounts for (pairs, strata, groups, one value by ``where``) and declared treatments are
    left out. Two units are exchangeable between the arms if the column has nothing to do with the arm: the
    p-value is that of the chi-square statistic over DRAWS re-assignments (a unit measured at several levels counts
    with its share of each; its limit for very many units), Holm over the columns. Only gates of two arms are
    looked at.
    """
    if not isinstance(settings, Arms):
        return []
    control = control_of(experiment, settings)
    chosen = select(experiment, trials, gate.where, settings.metric)
    values = chosen[settings.between]
    ours, theirs = (
        matches(experiment, settings.between, values, level) for level in (settings.treatment, control or "")
    )
    lines = chosen[ours | theirs].assign(is_ours=ours[ours | theirs])
    if lines["is_ours"].nunique() < 2:
        return []
    names = (str(settings.treatment), str(control))
    found = [_spread(lines, column, names) for column in _free(experiment, gate, settings, lines)]
    p = adjusted(np.array([one.p_value for one in found]), "holm")
    return [
        replace(one, p_value=float(q), is_uneven=bool(q <= LEVEL or one.distance > 1 - 1e-9))
        for one, q in zip(found, p, strict=True)
    ]


def told(finding: Finding, declared: Sequence[Difference], observed: Sequence[Uneven]) -> Finding:
    """The finding with what else differs in its reason, and how much in its evidence."""
    spread = [one for one in observed if one.is_uneven]
    evidence = dict(finding.evidence)
    parts = []
    if declared:
        more = f" and {len(declared) - NAMED} more" if len(declared) > NAMED else ""
        parts.append(f"the conditions differ also in {', '.join(map(in_words, declared[:NAMED]))}{more}")
    if spread:
        parts.append(f"the arms differ also in their runs' {', '.join(map(_uneven_words, spread[:NAMED]))}")
    if not parts:
        return finding
    evidence |= {"confounders": float(len(declared)), "uneven_columns": float(len(spread))}
    return replace(finding, reason="; ".join([finding.reason, *parts]), evidence=evidence)


def in_words(one: Difference) -> str:
    """``bundles (15711 against 15966)``."""
    ours, theirs = ("not stated" if v is None else str(v) for v in (one.treatment, one.control))
    return f"{one.name} ({ours} against {theirs})"


def _uneven_words(one: Uneven) -> str:
    p = f"p = {one.p_value:.2g}" if one.distance <= 1 - 1e-9 else "no level in common"
    return f"{one.column} ({p})"


def _free(experiment: Experiment, gate: Gate, settings: Arms, lines: pd.DataFrame) -> list[str]:
    """Columns that could differ: they take several values, and nothing in the design accounts for them."""
    taken = {settings.between, *settings.pair_by, *settings.strata, *gate.each, "condition"}
    taken |= set(experiment.manifest.varies if experiment.manifest is not None else ())
    return [c for c in experiment.cell_columns if c not in taken and lines[c].nunique() > 1]


def _spread(lines: pd.DataFrame, column: str, names: tuple[str, str]) -> Uneven:
    levels = _levels(lines[column])
    known = lines.assign(level=levels)[levels.notna()]
    units = known.drop_duplicates(["unit", "is_ours", "level"])
    table = pd.crosstab([units["unit"], units["is_ours"]], units["level"])
    counts = table.to_numpy(dtype=float)
    weights = counts / counts.sum(axis=1, keepdims=True)
    ours = table.index.get_level_values("is_ours").to_numpy(dtype=bool)
    shares = [
        weights[side].mean(axis=0) if side.any() else np.zeros(weights.shape[1]) for side in (ours, ~ours)
    ]
    distance = float(np.abs(shares[0] - shares[1]).sum() / 2)
    by_level = {str(k): (float(a), float(b)) for k, a, b in zip(table.columns, *shares, strict=True)}
    return Uneven(column, *names, by_level, distance, _p_value(weights, ours), False)


def _levels(values: pd.Series) -> pd.Series:
    """The column's levels as text; fifths of a number that takes many values."""
    if pd.api.types.is_numeric_dtype(values):
        if values.nunique() > MOST_LEVELS:
            return pd.qcut(values, 5, duplicates="drop").astype(object)
        return values.map(lambda v: f"{v:g}", na_action="ignore").astype(object)
    return values.astype(object)


def _p_value(weights: np.ndarray, ours: np.ndarray) -> float:
    """p-value of the chi-square statistic of the two arms' counts over re-assigned units."""
    total, n, m = weights.sum(axis=0), int(ours.sum()), int((~ours).sum())
    if n == 0 or m == 0:
        return 1.0
    expected = total * n / (n + m)

    def statistic(counts: np.ndarray) -> np.ndarray:
        return np.sum((counts - expected) ** 2 / (total * n * m / (n + m) ** 2), axis=-1)

    seen = float(statistic(ours @ weights))
    if len(ours) > MANY_UNITS:
        return float(special.chdtrc(weights.shape[1] - 1, seen))
    rng, reached = np.random.default_rng(SEED), 1
    most = max(1, 4_000_000 // len(ours))  # labels drawn at a time
    for start in range(0, DRAWS, most):
        count = min(most, DRAWS - start)
        labels = rng.permuted(np.tile(ours, (count, 1)), axis=1)
        reached += int(np.sum(statistic(labels @ weights) >= seen * (1 - 1e-9)))
    return reached / (DRAWS + 1)
