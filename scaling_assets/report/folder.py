"""The folder of one experiment: verdict.md, results, plots. Each file is written aside and renamed.

What belongs here: writing. What does not: content (``verdict_page``, ``figures``, ``interactive``). The
same input gives the same bytes: nothing here knows the time.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from scaling_assets.records.assignment import ArmCheck
from scaling_assets.records.change import Watched
from scaling_assets.records.comparison import LawFinding
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.identity import content_id
from scaling_assets.records.law import Law
from scaling_assets.records.manifest import Uneven
from scaling_assets.records.provenance import Ran
from scaling_assets.records.verdict import Verdict
from scaling_assets.report import pages, wording
from scaling_assets.report.aside import aside, write_aside
from scaling_assets.report.figures import png
from scaling_assets.report.interactive import interactive
from scaling_assets.report.verdict_page import NOT_WATCHED, verdict_page

BLOCK = 20_000  # rows turned into text at a time


def write_experiment(
    folder: Path,
    experiment: Experiment,
    observations: pd.DataFrame,
    laws: Sequence[Law],
    verdicts: Sequence[Verdict],
    trials: pd.DataFrame,
    reproduce: str,
    *,
    facts: Mapping[str, str] | None = None,
    findings: Sequence[LawFinding] = (),
    arms: ArmCheck | None = None,
    ran: Ran | None = None,
    uneven: Mapping[str, Sequence[Uneven]] | None = None,
    watched: Watched = NOT_WATCHED,
) -> list[Path]:
    """Write the experiment's folder; returns its files.

    ``results.jsonl`` and ``results.csv`` hold the same rows: null is an absent value in the first
    and an empty, unquoted field in the second, where every text is quoted. ``plots`` has one PNG a
    question and group, and ``interactive.html`` with all of them (it reads ``plotly.min.js`` from the
    folder above, which all experiments share). Plots of questions that are gone are removed.
    """
    best = wording.leading(laws)
    names = {law.law_id: f"plots/{plot_name(law)}" for law in best}
    facts = {"Rows": f"{len(observations):,}", **(facts or {})}
    page = verdict_page(
        experiment, verdicts, laws, reproduce=reproduce, facts=facts, plots=names, findings=findings,
        arms=arms, ran=ran, uneven=uneven, watched=watched,
    )  # fmt: skip
    written = [write_aside(folder / "verdict.md", page.encode())]
    written.append(_write_rows(folder / "results.jsonl", _json_lines(observations)))
    written.append(_write_rows(folder / "results.csv", _csv_lines(observations)))
    for law in best:
        written.append(write_aside(folder / names[law.law_id], png(law, experiment, trials)))
    if best:
        pages.share_plotly(folder.parent)
        figures = [(law, interactive(law, experiment, trials)) for law in best]
        content = pages.interactive_page(experiment, figures, plotly_at="../../plotly.min.js")
        written.append(write_aside(folder / "plots" / "interactive.html", content.encode()))
    for stale in sorted((folder / "plots").glob("*")):
        if stale not in written and stale.suffix in (".png", ".html"):
            stale.unlink()
    return written


def plot_name(law: Law) -> str:
    """``<question>[--<group>].png``; a group value that is no file name is shortened and hashed."""
    group = wording.group_text(law.group)
    if not group:
        return f"{law.question}.png"
    slug = re.sub(r"[^A-Za-z0-9=.+-]+", "_", group).strip("._")[:60]
    mark = "" if slug == group else f"-{content_id(dict(law.group))[:6]}"
    return f"{law.question}--{slug}{mark}.png"


def _write_rows(path: Path, blocks: Iterator[str]) -> Path:
    with aside(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as target:
        target.writelines(blocks)
    return path


def _json_lines(frame: pd.DataFrame) -> Iterator[str]:
    columns = [str(column) for column in frame.columns]
    for rows in _plain_rows(frame):
        yield "".join(
            json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False, separators=(",", ":")) + "\n"
            for row in rows
        )


def _csv_lines(frame: pd.DataFrame) -> Iterator[str]:
    yield ",".join(_csv_cell(str(column)) for column in frame.columns) + "\n"
    for rows in _plain_rows(frame):
        yield "".join(",".join(_csv_cell(value) for value in row) + "\n" for row in rows)


def _csv_cell(value: Any) -> str:
    """Numbers as JSON writes them, text always quoted, null as nothing: the csv module has no such mode."""
    if value is None:
        return ""
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    return json.dumps(value)


def _plain_rows(frame: pd.DataFrame) -> Iterator[list[tuple[Any, ...]]]:
    for start in range(0, len(frame), BLOCK):
        block = frame.iloc[start : start + BLOCK]
        columns = [[_plain(value) for value in block[name].astype(object)] for name in block.columns]
        yield list(zip(*columns, strict=True))


def _plain(value: Any) -> Any:
    """JSON's own types: missing and non-finite as null, times as ISO 8601 in UTC."""
    if isinstance(value, str | bool) or value is None:
        return value
    if isinstance(value, pd.Timestamp):
        stamp = value.tz_convert("UTC") if value.tzinfo else value
        return stamp.isoformat().replace("+00:00", "Z")
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
