"""``verdict --against``: have present laws regressed from a baseline? The exit code is the answer.

What belongs here: the option's text and its exit code. What does not: the command's own gates (``verdict``).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from scaling_assets.cli.options import numbers

if TYPE_CHECKING:
    from scaling_assets.pipeline.baselines import Against
    from scaling_assets.records.monitor import MinimumChange

HELD, REGRESSED, OPEN = 0, 1, 2


def compare(
    experiments: Sequence[str] | None,
    baseline: str,
    *,
    lab: Path | None,
    minimum_change: Sequence[str],
    parts: Sequence[str],
    alpha: float,
    is_strict: bool,
    as_json: bool,
    as_markdown: bool,
) -> None:
    """Print present laws against a baseline and leave with the exit code."""
    from scaling_assets.cli import output, shapes, shapes_over_time
    from scaling_assets.pipeline import baselines
    from scaling_assets.pipeline.workspace import open_workspace
    from scaling_assets.records.baseline import Moved, overall
    from scaling_assets.report import against_page

    minimum = _minimum(minimum_change)
    ws = open_workspace(lab)
    found = baselines.compare(ws, baseline, experiments, minimum=minimum, parts=parts, alpha=alpha)
    outcome = overall(found.comparisons)
    notes = _notes(found)
    if as_json:
        output.document(shapes.headed(
            "against",
            outcome=outcome.value,
            baseline=shapes_over_time.baseline_entry(found.baseline),
            alpha=alpha,
            behind={name: list(reasons) for name, reasons in found.behind.items()},
            not_in_baseline=list(found.not_in_baseline),
            comparisons=[shapes_over_time.comparison(one) for one in found.comparisons],
        ))  # fmt: skip
    elif as_markdown:
        page = against_page.comment(found.baseline, found.comparisons, outcome, alpha, notes)
        output.answer(page.rstrip("\n"))
    else:
        rows = [against_page.row(one) for one in against_page.worst_first(found.comparisons)]
        output.table(against_page.title(found.baseline), against_page.HEADER, rows, empty="no law to compare")
        for sentence in against_page.sentences(found.comparisons):
            output.answer(sentence)
        output.answer(f"{against_page.counts(found.comparisons)}; overall: {against_page.WORDS[outcome]}")
        for note in notes:
            output.message(note)
    if outcome is Moved.REGRESSED:
        raise typer.Exit(REGRESSED)
    is_open = bool(found.having(Moved.NOT_COMPARABLE)) or not found.comparisons or bool(found.behind)
    is_open |= is_strict and (outcome is not Moved.NOT_REGRESSED or bool(found.not_in_baseline))
    raise typer.Exit(OPEN if is_open else HELD)


def _notes(found: "Against") -> list[str]:
    from scaling_assets.records.baseline import Moved
    from scaling_assets.report import against_page

    notes = [
        f"{name} is behind: {', '.join(reasons)}. Its laws do not count it; run 'scaling-assets run'."
        for name, reasons in found.behind.items()
    ]
    lost = dict.fromkeys(against_page.law_text(one) for one in found.having(Moved.NOT_COMPARABLE))
    if lost:
        notes.append(
            f"Not decided, because not comparable: {', '.join(lost)}. "
            "Name the experiments that were measured to compare only those."
        )
    if found.not_in_baseline:
        notes.append(f"Not in the baseline, not watched: {', '.join(found.not_in_baseline)}.")
    return notes


def _minimum(texts: Sequence[str]) -> "MinimumChange":
    from pydantic import ValidationError

    from scaling_assets.records.monitor import MinimumChange

    try:
        return MinimumChange.model_validate(numbers(texts))
    except ValidationError as error:
        first = error.errors()[0]
        raise typer.BadParameter(
            f"{'.'.join(map(str, first['loc']))}: {first['msg']}", param_hint="--minimum-change"
        ) from None
