"""Kind ``completeness``: has every planned run been found?

What lives here: the judgement of the planned-against-found table. A missing run is no failure of what
is studied, so the answer is INSUFFICIENT_DATA with the list, never FAIL; it blocks just the same.
"""

from typing import Annotated

from pydantic import Field

from scaling_assets.records.experiment import Experiment, Gate
from scaling_assets.records.verdict import Outcome
from scaling_assets.science.gates.gate import Case, Finding, GateKind, Settings
from scaling_assets.science.gates.groups import in_words
from scaling_assets.science.trials import completeness
from scaling_assets.science.trials.select import matches

NAMED = 5  # missing cells named in the reason


class CompletenessSettings(Settings):
    """``minimum_share`` of the planned units must be there."""

    minimum_share: Annotated[float, Field(gt=0, le=1)] = 1.0


def judge(case: Case, settings: CompletenessSettings) -> list[Finding]:
    """One finding over the planned cells that ``where`` lets through."""
    table = completeness(case.experiment, case.trials)
    for column, wanted in case.gate.where.items():
        if column in table:
            table = table[matches(case.experiment, column, table[column], wanted)]
    simulated = bool(case.trials["is_simulated"].any())
    if table.empty:
        reason = "the experiment plans no levels, conditions, seeds or runs per cell"
        return [Finding({}, Outcome.NOT_APPLICABLE, reason, is_simulated=simulated)]
    planned, missing = int(table["planned"].sum()), int(table["missing"].sum())
    share = 1 - missing / planned
    passed = share >= settings.minimum_share
    reason = f"{planned - missing} of {planned} planned units are there"
    short = table[table["missing"] > 0]
    if missing:
        axes = [c for c in table.columns if c not in ("planned", "found", "missing")]
        named = [
            in_words({str(k): v for k, v in line.items()}).removeprefix(" at ")
            for line in short[axes].head(NAMED).to_dict("records")
        ]
        rest = f" and {len(short) - NAMED} cells more" if len(short) > NAMED else ""
        reason += "; missing: " + "; ".join(n or "runs of the only cell" for n in named) + rest
    return [
        Finding(
            group={},
            outcome=Outcome.PASS if passed else Outcome.INSUFFICIENT_DATA,
            reason=reason,
            remedy="" if passed else case.gate.action or f"Run the {missing} missing unit(s).",
            measured=share,
            operator=">=",
            threshold=(settings.minimum_share,),
            n_units=planned - missing,
            method="count of planned units",
            runs_needed=None if passed else missing,
            is_simulated=simulated,
            evidence={"planned": planned, "missing": missing},
        )
    ]


def problems(experiment: Experiment, gate: Gate, settings: CompletenessSettings) -> list[str]:
    """Columns that a plan cannot be split by."""
    context = {c.name for c in experiment.context}
    return [f"{c!r} is a context column, and contexts are not planned" for c in gate.where if c in context]


KIND = GateKind(
    "completeness", "Planned runs against found ones", CompletenessSettings, judge, problems, looks="none"
)
