"""What landed against what was assigned: the ratio of arms, crossovers, units that were never assigned.

What lives here: counting units by arm and block, and what is said about them. What does not: the test
(``mismatch``), what follows for gates (``hold``).

A unit counts once in the arm that its run recorded, whatever it was assigned to: that is what verdicts
compare. A unit that ran several arms counts in each, and as a crossover.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from scaling_assets.records.assignment import ArmCheck, Assignment, RatioTest
from scaling_assets.records.experiment import Experiment
from scaling_assets.science.assignment.design import admits, arm_text, arms, block_of, design_of, shares
from scaling_assets.science.assignment.mismatch import multinomial_test
from scaling_assets.science.trials.select import SAME_LEVEL, plain

NAMED = 5  # crossovers named in a sentence


def check_landed(experiment: Experiment, trials: pd.DataFrame, assignments: Sequence[Assignment]) -> ArmCheck:
    """Compare the units that landed with the assignment.

    Pooled and in each block with a unit, all tests together at the declared level (Bonferroni).

    Args:
        trials: the experiment's trial frame (``records.trial``); its ``unit`` is the assignment's.
        assignments: all that the experiment has.
    """
    design, share = design_of(experiment), shares(experiment)
    runs, outside = _landed(experiment, trials)
    by_unit = {a.unit: a for a in assignments}
    crossovers = sorted({u for u, arm, _ in runs if u in by_unit and by_unit[u].arm != arm})
    units = {unit for unit, _, _ in runs}
    counts: dict[tuple[tuple[str, str], ...], dict[str, int]] = {}
    for _, arm, block in runs:
        for key in {(), block}:
            of = counts.setdefault(key, dict.fromkeys(share, 0))
            of[arm] += 1
    tests = _tests(counts, share, design.seed)
    worst = min(tests, key=lambda t: t.adjusted, default=None)
    is_mismatch = worst is not None and worst.adjusted < design.mismatch_level
    unassigned = sum(unit not in by_unit for unit in units)
    return ArmCheck(
        experiment=experiment.name,
        landed=len(units),
        level=design.mismatch_level,
        tests=tuple(tests),
        crossovers=tuple(crossovers),
        unassigned=unassigned,
        outside=outside,
        missing=sum(unit not in units for unit in by_unit),
        is_mismatch=is_mismatch,
        reason=_mismatch_words(worst, design.mismatch_level) if is_mismatch and worst else "",
        evidence={
            "sample_ratio_p_value": worst.adjusted if worst else None,
            "crossovers": float(len(crossovers)),
            "landed_unassigned": float(unassigned),
        },
    )


Run = tuple[str, str, tuple[tuple[str, str], ...]]  # unit, recorded arm, block


def _landed(experiment: Experiment, trials: pd.DataFrame) -> tuple[list[Run], int]:
    """Units with the arm that they recorded and their block, each once; and how many recorded no arm."""
    design = design_of(experiment)
    contexts = [context.name for context in experiment.context]
    lines = trials[["unit", design.arm, *contexts]].drop_duplicates()
    values = [_arm_of(experiment, value) for value in lines[design.arm]]
    runs: dict[Run, None] = {}
    outside = set()
    for arm, line in zip(values, lines.to_dict("records"), strict=True):
        context = {c: str(line[c]) for c in contexts if plain(line[c]) is not None}
        if not _may_be_asked(experiment, context) or not admits(experiment, context):
            continue
        if arm is None:
            outside.add(str(line["unit"]))
            continue
        whole = {column: context.get(column, "none") for column in design.blocks}
        runs[str(line["unit"]), arm, block_of(experiment, whole)] = None
    return list(runs), len(outside)


def _may_be_asked(experiment: Experiment, context: Mapping[str, str]) -> bool:
    """Values that the declaration does not know were taken in under an earlier one."""
    return all(not c.allowed or context.get(c.name, c.allowed[0]) in c.allowed for c in experiment.context)


def _arm_of(experiment: Experiment, value: object) -> str | None:
    """The arm that a recorded value is, or None: levels travel through text files, so nearly equal is equal."""
    found = plain(value)
    design = design_of(experiment)
    if design.arm == "condition":
        return str(found) if found in arms(experiment) else None
    levels = experiment.dimension(design.arm).levels
    near = [
        level for level in levels if found is not None and np.isclose(found, level, rtol=SAME_LEVEL, atol=0)
    ]
    return arm_text(near[0]) if near else None


def _tests(
    counts: Mapping[tuple[tuple[str, str], ...], Mapping[str, int]], share: Mapping[str, int], seed: int
) -> list[RatioTest]:
    whole, several = sum(share.values()), len(counts)
    found = []
    for block, observed in sorted(counts.items()):
        p_value, method = multinomial_test(list(observed.values()), list(share.values()), seed=seed)
        total = sum(observed.values())
        expected = {arm: total * part / whole for arm, part in share.items()}
        named = f"{method}, Bonferroni over {several}" if several > 1 else method
        found.append(
            RatioTest(dict(block), dict(observed), expected, p_value, min(1.0, p_value * several), named)
        )
    return found


def _mismatch_words(test: RatioTest, level: float) -> str:
    where = " in " + ", ".join(f"{k} = {v}" for k, v in test.block.items()) if test.block else ""
    counts = ", ".join(
        f"{arm}: {n:,} (expected {test.expected[arm]:,.1f})" for arm, n in test.observed.items()
    )
    return (
        f"sample-ratio mismatch{where}: the units that landed are {counts}, "
        f"p = {test.adjusted:.2g} < {level:g} ({test.method})"
    )


def crossover_words(check: ArmCheck) -> str:
    """Return crossovers and units without an assignment in words; empty when there are none."""
    told = []
    if check.crossovers:
        named = ", ".join(check.crossovers[:NAMED]) + (" ..." if len(check.crossovers) > NAMED else "")
        told.append(f"{len(check.crossovers)} of {check.landed} units ran another arm than theirs ({named})")
    if check.unassigned:
        told.append(f"{check.unassigned} of {check.landed} units landed without an assignment")
    if check.outside:
        told.append(f"{check.outside} units ran a value that is no arm")
    return "; ".join(told)
