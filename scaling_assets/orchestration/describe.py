"""Metadata of each asset: what people see in the Dagster UI about a materialization.

What belongs here: turning a step's result into Dagster metadata and a data version. What does not:
doing the step (``pipeline``), drawing (``report``).
"""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from scaling_assets.orchestration.assets.partitioned import Report
from scaling_assets.orchestration.columns import frame_schema, schema_of
from scaling_assets.pipeline import steps
from scaling_assets.pipeline.allocating import AllocationsStep
from scaling_assets.pipeline.assigning import BatchStep, counted
from scaling_assets.pipeline.changing import WatchStep, watched
from scaling_assets.pipeline.claims import ClaimsStep
from scaling_assets.pipeline.planning import PlanningStep
from scaling_assets.pipeline.reports import MANY_LAWS, published, shown_laws
from scaling_assets.pipeline.workspace import Workspace
from scaling_assets.records.allocation import Allocation
from scaling_assets.records.claim import Consistency
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.identity import content_id
from scaling_assets.records.law import Law
from scaling_assets.records.verdict import WORST_FIRST, Verdict, overall
from scaling_assets.report import changed, wording
from scaling_assets.report.claims_page import claims_page, in_words
from scaling_assets.report.designed import standings
from scaling_assets.report.figures import png, png_markdown
from scaling_assets.report.plan_page import plan_page
from scaling_assets.report.recommendation import cost_of, headline
from scaling_assets.report.sparkline import sparkline
from scaling_assets.report.verdict_page import escape, verdict_page
from scaling_assets.report.verdict_page import table as markdown

PREVIEW_ROWS = 10
DETAILED = 50  # experiments of one run up to which each is shown with previews, plots and a folder of its own
LISTED = 200  # laws of an experiment in the UI's table
INLINE = 1000  # the UI shows Markdown shorter than this in place, longer behind a click


def columns(asset: str, table: str = "") -> dict[str, Any]:
    """Definition-level metadata of an asset that is one table, called like the asset unless named."""
    return {"dagster/column_schema": schema_of(asset), "dagster/table_name": table or asset}


def observations_of(ws: Workspace, names: Sequence[str], *, details: bool = True) -> dict[str, Report]:
    """Rows, columns and a preview of each experiment's observations; without details, that there are some."""
    observed = ws.store.observation_versions()
    return {name: _observations(ws, name, observed.get(name), details) for name in names}


def _observations(ws: Workspace, name: str, version: str | None, details: bool) -> Report:
    if version is None:
        return {"dagster/partition_row_count": 0, "state": "no run records yet"}, None
    if not details:
        return {"dagster/table_name": f"observations.{name}"}, version
    experiment = ws.experiment(name)
    first = ws.store.observations(experiment, limit=PREVIEW_ROWS)
    return {
        "dagster/partition_row_count": ws.store.count_observations(name),
        "dagster/column_schema": frame_schema(first),
        "dagster/table_name": f"observations.{name}",
        "simulated": experiment.is_simulated,
        "rows in quarantine": ws.store.count_quarantined(name),
        "first rows": preview(first),
    }, version


def assignments(ws: Workspace, step: BatchStep) -> Report:
    """How many planned units have which arm, and how far any block is from balance."""
    if not step.is_declared:
        return {"dagster/partition_row_count": 0, "state": "no assignment is declared"}, None
    made = ws.store.assignments(step.experiment)
    by_arm = ", ".join(f"{arm}: {n:,}" for arm, n in sorted(counted(made).items()))
    return {
        "dagster/partition_row_count": len(made),
        "planned units": len(step.answers),
        "assigned now": step.new,
        "units by arm": by_arm or "none yet",
        "largest deviation": step.largest_deviation,
    }, content_id([(one.unit, one.arm) for one in made])


def trials(step: steps.TrialsStep) -> Report:
    """Rows, metrics and units of an experiment's trials."""
    if step.version is None:
        return _nothing()
    return {
        "dagster/partition_row_count": step.count,
        "units": int(step.trials["unit"].nunique()) if step.count else 0,
        "metrics": ", ".join(sorted(step.trials["metric"].unique())) if step.count else "",
        "recomputed": not step.skipped,
    }, step.version


def laws(experiment: Experiment, step: steps.LawsStep, *, drawn: bool = True) -> Report:
    """A table of laws, and the first leading laws' plots: small inline, large behind a click."""
    if step.version is None:
        return _nothing()
    metadata: dict[str, Any] = {}
    leading = [law for law in step.laws if law.is_leading]
    for law in shown_laws(leading) if drawn else ():
        label = " ".join([law.question, *(f"{k}={v}" for k, v in law.group.items())])
        metadata[f"plot: {label}"] = dg.MetadataValue.md(sparkline(law, experiment, step.trials))
        metadata[f"plot, large: {label}"] = dg.MetadataValue.md(
            png_markdown(png(law, experiment, step.trials))
        )
        for estimate in law.parameters:
            if estimate.role == "exponent" and estimate.value is not None:
                metadata[f"exponent: {label}"] = float(estimate.value)
    metadata |= {
        "dagster/partition_row_count": step.count,
        "laws leading": step.leading,
        "laws": dg.MetadataValue.md(_law_table(step.laws[:LISTED])),
        "refitted": not step.skipped,
    }
    return metadata, step.version


def changes(step: WatchStep) -> Report:
    """Reported changes and watched series as tables."""
    if step.version is None:
        return {
            "dagster/partition_row_count": 0,
            "state": "nothing is watched over time, or no runs yet",
        }, None
    known = step.watched
    reports = [[escape(cell) for cell in changed.row(one, known)] for one in known.changes]
    series = [[escape(cell) for cell in changed.series_row(one)] for one in known.series[:LISTED]]
    return {
        "dagster/partition_row_count": len(known.changes),
        "summary": changed.summary(known),
        "changes": dg.MetadataValue.md(markdown(changed.HEADER, reports) if reports else "none reported"),
        "series": dg.MetadataValue.md(markdown(changed.SERIES_HEADER, series)),
        "judged anew": not step.skipped,
    }, content_id(step.version, changed.summary(known))


def verdicts(ws: Workspace, step: steps.VerdictsStep, folder: Path | None) -> Report:
    """The verdict page as it stands in verdict.md, and how many gates passed."""
    if step.version is None:
        return _nothing()
    experiment = ws.experiment(step.experiment)
    passed = sum(v.outcome == "pass" for v in step.verdicts)
    page = ""
    if folder:
        laws = ws.store.read_laws(step.experiment, first=MANY_LAWS)
        findings = ws.store.read_law_findings(step.experiment)
        page = verdict_page(
            experiment, step.verdicts, shown_laws(laws), findings=findings, arms=step.arms,
            watched=watched(ws, step.experiment),
        )  # fmt: skip
    return {
        "dagster/partition_row_count": step.count,
        "outcome": overall(tuple(step.verdicts)).value,
        "gates passed": f"{passed} of {step.count}",
        "registration": standings(step.verdicts) or "no gate",
        "gates": dg.MetadataValue.md(_gate_list(step.verdicts)),
        "rejudged": not step.skipped,
        **(
            {"verdict page": dg.MetadataValue.md(page), "folder": dg.MetadataValue.path(str(folder))}
            if folder
            else {}
        ),
    }, step.version


def allocations(answers: Sequence[AllocationsStep]) -> Report:
    """One table a plan."""
    if not answers:
        return {"dagster/partition_row_count": 0, "state": "no plan reads a law of this experiment"}, None
    metadata: dict[str, Any] = {
        "dagster/partition_row_count": sum(len(a.allocation.amounts) for a in answers)
    }
    for answer in answers:
        metadata[f"plan: {answer.plan}"] = dg.MetadataValue.md(_allocation_text(answer.allocation))
    return metadata, content_id([a.allocation.data_version for a in answers])


def claims(ws: Workspace, step: ClaimsStep) -> tuple[dict[str, Any], list[str]]:
    """The audit as a page, how many claims have each answer, and the names of inconsistent ones."""
    wrong = [f"{c.sheet}.{c.name}" for c in step.audited if c.outcome is Consistency.INCONSISTENT]
    titles = {name: sheet.title for name, sheet in ws.lab.claims.items()}
    return {
        "dagster/row_count": len(step.audited),
        "summary": in_words(step.audited),
        "recomputed": not step.skipped,
        "audit": dg.MetadataValue.md(claims_page(step.audited, titles)),
    }, wrong


def plans(step: PlanningStep) -> dict[str, Any]:
    """The answers of one plan kind as pages, and how many ended how."""
    counts = Counter(one.status for one in step.answers)
    return {
        "dagster/row_count": sum(len(one.figures) for one in step.answers),
        "plans": len(step.answers),
        "answers": ", ".join(f"{n} {status}" for status, n in counts.items()) or "no plan of this kind",
        "recomputed": not step.skipped,
        **{f"plan: {one.plan}": dg.MetadataValue.md(plan_page(one)) for one in step.answers},
    }


def table(ws: Workspace, view: str) -> dict[str, Any]:
    """Metadata and data version of a published view."""
    frame = published(ws, view)
    rows = frame.astype(str).to_numpy().tolist()
    return {
        "metadata": {
            "dagster/row_count": len(frame),
            "rows": preview(frame, limit=100),
        },
        "data_version": dg.DataVersion(content_id(sorted(rows))),
    }


def _nothing() -> Report:
    return {"dagster/partition_row_count": 0, "state": "no run records yet"}, None


def _gate_list(found: Sequence[Verdict]) -> str:
    """Worst first, short enough to be shown in place; the page has them all."""
    ordered = sorted(found, key=lambda v: WORST_FIRST.index(v.outcome))
    text = ""
    for position, verdict in enumerate(ordered):
        group = ", ".join(f"{k}={v}" for k, v in verdict.group.items())
        label = f"{verdict.gate} ({group})" if group else verdict.gate
        line = f"- **{verdict.outcome.value.replace('_', ' ')}** {escape(label)}\n"
        if len(text) + len(line) > INLINE - 30:
            return f"{text}- and {len(ordered) - position} more\n"
        text += line
    return text or "no gate is declared"


def _law_table(found: Sequence[Law]) -> str:
    rows = []
    for law in found:
        exponents = (
            f"{_number(p.value)} [{_number(p.low)}, {_number(p.high)}]"
            for p in law.parameters
            if p.role == "exponent"
        )
        rows.append(
            [
                escape(law.question),
                escape(", ".join(f"{k}={v}" for k, v in law.group.items())),
                law.family,
                escape(law.status.value if law.is_usable else f"{law.status.value}: {law.reason}"),
                "yes" if law.is_leading else "",
                "; ".join(exponents),
            ]
        )
    return markdown(["question", "group", "family", "status", "leads", "exponent"], rows)


def _allocation_text(found: Allocation) -> str:
    rows = [
        [
            escape(a.dimension),
            f"{wording.exactly(a.amount)} {escape(a.unit)}",
            f"{_number(a.low)} to {_number(a.high)}",
            escape(cost_of(a, found.currency)),
            a.bound_by,
        ]
        for a in found.amounts
    ]
    outcome = f"{_number(found.outcome)} [{_number(found.outcome_low)}, {_number(found.outcome_high)}]"
    return "\n".join(
        [
            f"**{found.status.value}**: {escape(headline(found))} {escape(' '.join(found.explanation))}",
            "",
            markdown(["what", "amount", "range", "cost", "bound by"], rows),
            "",
            f"cost {wording.exactly(found.cost)} {escape(found.currency)}, budget {wording.exactly(found.budget)}; "
            f"expected outcome {outcome} {escape(found.outcome_unit)} ({found.level:.0%}, {found.method})",
        ]
    )


def _number(value: float | None) -> str:
    return "-" if value is None or not math.isfinite(value) else f"{value:.4g}"


def preview(frame: pd.DataFrame, limit: int = PREVIEW_ROWS) -> dg.MarkdownMetadataValue:
    """The first rows of a frame as a table."""
    shown = frame.head(limit).astype(str)
    header = [escape(name) for name in shown.columns]
    return dg.MetadataValue.md(markdown(header, [[escape(cell) for cell in row] for row in shown.to_numpy()]))
