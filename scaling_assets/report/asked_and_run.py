"""The design on a page: what was asked, what was run, and what is needed to run it again.

What belongs here: wording of the declaration beside ``records.provenance``. What does not: counting
(``science.trials``), escaping, layout (``verdict_page``).
"""

from collections.abc import Sequence

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.looking import Looks
from scaling_assets.records.provenance import Provenance, Ran
from scaling_assets.report import wording

HEADER = ("What", "Asked", "Run")
SHOWN = 12  # levels or files named


def design_rows(experiment: Experiment, ran: Ran) -> list[tuple[str, str, str]]:
    """The declared design under ``HEADER``, with what was run of it."""
    rows = []
    for dimension in experiment.dimensions:
        asked = [f"{level:g}" for level in dimension.levels]
        what = wording.labelled(dimension.name, dimension.unit)
        rows.append((what, _listed(asked) or "as the runs have it", _seen(ran, dimension.name, asked)))
    if experiment.conditions:
        asked = list(experiment.conditions)
        told = [f"{c} (control)" if c == experiment.control_condition else c for c in asked]
        rows.append(("condition", _listed(told), _seen(ran, "condition", asked)))
    if experiment.seeds:
        asked = [str(seed) for seed in experiment.seeds]
        rows.append(("seed", _listed(asked), _seen(ran, "seed", asked)))
    for context in experiment.context:
        rows.append(
            (context.name, _listed(context.included) or "any", _seen(ran, context.name, context.included))
        )
    each = f"{experiment.runs_per_cell or 1} a cell"
    asked_units = f"{ran.planned:,} ({each})" if ran.planned is not None else "not planned"
    found = "" if ran.found is None else f"; {ran.found:,} of the {ran.planned:,} planned"
    rows.append((f"independent unit: {'/'.join(experiment.unit)}", asked_units, f"{ran.units:,}{found}"))
    if experiment.assignment is not None:
        blocks = ", ".join(experiment.assignment.blocks)
        rows.append(("assignment", f"random, by {experiment.assignment.arm}" + (f" within {blocks}" if blocks else ""),
                     "see Assignment"))  # fmt: skip
    rows.append(("looks", _looks(experiment.looks), "–"))
    if experiment.multiplicity is not None:
        family = experiment.multiplicity
        members = ", ".join(family.gates) or "all gates with a p-value"
        rows.append(("read as one family", f"{family.method} at {family.level:g}: {members}", "–"))
    return rows


def reproduce(experiment: Experiment, provenance: Provenance) -> str:
    """The commands that make the page again: the files it rests on with their hashes, then the run."""
    landed = [s for s in provenance.sources if s.origin == "landing"]
    lines = []
    if landed:
        checked = [s for s in landed if not set(s.path) & set("\\\n\r")][:SHOWN]
        lines += ["sha256sum --check <<'END'", *(f"{s.source_id}  landing/{s.path}" for s in checked), "END"]
        if len(checked) < len(landed):
            lines.append(
                f"# and {len(landed) - len(checked)} more files; the store's table of sources has all"
            )
        lines.append("scaling-assets ingest")
    again = " --again" if experiment.workload is not None else ""
    return "\n".join([*lines, f"scaling-assets run {experiment.name}{again}"])


def updated(provenance: Provenance) -> str:
    """``2026-11-26 10:15 UTC (newest data ..., judged ...)``; empty before there is any."""
    if provenance.updated is None:
        return ""
    parts = [
        f"{what} {wording.moment(when)}"
        for what, when in (("newest data", provenance.newest_data), ("judged", provenance.judged_at))
        if when is not None
    ]
    return f"{wording.moment(provenance.updated)} ({', '.join(parts)})"


def _listed(values: Sequence[str]) -> str:
    more = f" and {len(values) - SHOWN} more" if len(values) > SHOWN else ""
    return ", ".join(values[:SHOWN]) + more


def _seen(ran: Ran, column: str, asked: Sequence[str]) -> str:
    """The levels seen, what is missing and what nobody asked for."""
    seen = ran.levels.get(column, ())
    if asked and set(seen) == set(asked):
        return "all"
    told = _listed(seen) or "none"
    missing = [level for level in asked if level not in seen]
    beyond = [level for level in seen if asked and level not in asked]
    told += f"; missing: {_listed(missing)}" if missing else ""
    return told + (f"; not asked for: {_listed(beyond)}" if beyond else "")


def _looks(plan: Looks) -> str:
    if plan.plan == "group_sequential":
        return f"from {plan.first} units, every {plan.every}, to {plan.maximum}; {plan.spending} spending"
    if plan.plan == "always_valid":
        return "at any time" + (f", from {plan.first} units on" if plan.first else "")
    return f"once, at {plan.units} units" if plan.units else "one reading; nothing is promised about more"
