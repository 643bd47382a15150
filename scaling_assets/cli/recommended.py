"""What ``allocate`` prints: recommendations, the way back to the files, replays, compute-optimal frontiers.

What belongs here: which columns and sentences, the shapes of their JSON, and reading this command's own options. What
does not: drawing (``output``), the sentences themselves (``report.recommendation``).
"""

import math
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pandas as pd
import typer

from scaling_assets.cli import output, shapes, tables
from scaling_assets.records.allocation import Allocation
from scaling_assets.records.verdict import Outcome
from scaling_assets.report import recommendation, wording
from scaling_assets.science.allocation.compute_optimal import ComputeFrontier, Ranged
from scaling_assets.science.allocation.replay import Replay

EXIT_CODES = {Outcome.PASS: 0, Outcome.FAIL: 1, Outcome.INCONCLUSIVE: 2, Outcome.INSUFFICIENT_DATA: 2}
EXPLAINED = """
select step, noun, experiment, version, from_noun, from_version, path, rows_accepted, taken_in_at
from allocation_explained
where plan = $plan
order by step, noun, experiment, from_version
"""


def allocations(found: Sequence[Allocation]) -> None:
    """The table over all plans; then, plan by plan, what somebody who pays asks."""
    tables.allocations(found)
    for a in found:
        output.answer("")
        output.answer(f"{a.plan}: {recommendation.headline(a)}")
        for question, answer in recommendation.paragraphs(a):
            output.answer(f"  {question}: {answer}")
        if a.baselines:
            output.table(
                "  What else there was", recommendation.BASELINE_HEADER, recommendation.baseline_rows(a)
            )
        if a.inputs:
            output.table("  What it rests on", ("what", "experiment", "says"), recommendation.input_rows(a))


def explained(steps: pd.DataFrame, *, as_json: bool) -> None:
    """The lineage of a standing answer, a line a step."""
    if as_json:
        rows = steps.astype(object).where(steps.notna(), None).to_dict("records")
        output.document(
            shapes.headed("explanation", steps=[{k: _plain(v) for k, v in row.items()} for row in rows])
        )
        return
    rows_of = [
        (str(row["step"]), f"{row['noun']} {row['experiment']}", str(row["version"]),
         str(row["path"] if isinstance(row["path"], str) else row["from_noun"]), str(row["from_version"]))
        for row in steps.to_dict("records")
    ]  # fmt: skip
    output.table("Explained", ("step", "what", "version", "made from", "its version"), rows_of)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def replay(found: Replay, *, as_json: bool) -> None:
    """The verdict on dynamic against fixed allocation."""
    if as_json:
        output.document(shapes.headed("replay", replay={**asdict(found), "outcome": found.outcome.value}))
        return
    output.answer(f"{wording.OUTCOME_WORDS[found.outcome]}: {found.reason}")
    if found.ratio is not None:
        pairing = (
            "" if found.correlation is None else f"; outcomes of a task correlate by {found.correlation:.2f}"
        )
        output.answer(f"  {found.method}; {found.n_unpaired} tasks without a partner{pairing}")


def frontier(found: ComputeFrontier, *, as_json: bool) -> None:
    """Best parameters and tokens, a line a budget of FLOP."""
    if as_json:
        output.document(shapes.headed("frontier", frontier=asdict(found)))
        return
    rows = [
        (
            wording.number(p.compute), _ranged(p.parameters), _ranged(p.tokens), _ranged(p.tokens_per_parameter),
            _ranged(p.loss), "refused" if p.is_refused else "extrapolation" if p.is_extrapolated else "interpolation",
        )
        for p in found.points
    ]  # fmt: skip
    header = ("FLOP", "parameters", "tokens", "tokens a parameter", "loss", "distance from the data")
    output.table("Compute-optimal", header, rows)
    output.answer(
        f"  parameters grow with compute to the power {_ranged(found.parameter_exponent)}, tokens "
        f"{_ranged(found.token_exponent)}; {found.level:.0%} intervals over {found.n_draws} draws"
        + (f"; {wording.number(found.served)} tokens served" if found.served else "")
    )


def _ranged(found: Ranged) -> str:
    return wording.with_interval(found.value, found.low, found.high)


def refuse_what_is_no_number(
    *, budget: float | None, target: float | None, compute: Sequence[float] | None, served: float
) -> None:
    """Every number of a what-if is finite, a budget above 0."""
    given = [("--budget", budget), ("--target", target), ("--served", served)]
    for hint, value in [*given, *(("--compute", c) for c in compute or ())]:
        if value is not None and not math.isfinite(value):
            raise typer.BadParameter(f"{value} is no finite number", param_hint=hint)
    if budget is not None and not budget > 0:
        raise typer.BadParameter("a budget is a positive amount", param_hint="--budget")


def assignment(text: str) -> tuple[str, float]:
    """``workers=4`` as a name and a number."""
    name, sign, value = text.partition("=")
    try:
        amount = float(value)
    except ValueError:
        amount = float("nan")
    if not sign or not amount > 0 or not math.isfinite(amount):
        raise typer.BadParameter(f"{text!r} is no DIMENSION=AMOUNT", param_hint="--set")
    return name.strip(), amount


def end_of_day(day: datetime | None) -> datetime | None:
    """The end of a day in UTC, which must not be over."""
    if day is None:
        return None
    end = day.replace(tzinfo=UTC) + timedelta(days=1)
    if end <= datetime.now(UTC):
        raise typer.BadParameter(f"{day:%Y-%m-%d} is over: nothing would be fixed", param_hint="--until")
    return end
