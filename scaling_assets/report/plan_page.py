"""Answers to plans for people: tables out of figures, and the page of one plan.

What belongs here: how cells become tables, Markdown about one answer. What does not: answering
(``science.planning``), escaping (``verdict_page``), HTML (the template of ``index.html``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scaling_assets.records.planned import ANSWERED, INFEASIBLE, REFUSED, WAITING, Figure, PlanAnswer
from scaling_assets.report import wording
from scaling_assets.report.forest import Bar, forest
from scaling_assets.report.verdict_page import escape, table

MARKS = {ANSWERED: "✅", WAITING: "◌", INFEASIBLE: "❌", REFUSED: "❔"}
#: Colours that the pages have already.
PILLS = {ANSWERED: "pass", WAITING: "insufficient_data", INFEASIBLE: "fail", REFUSED: "inconclusive"}


#: One query from an answer down to the files that it rests on.
EXPLAIN = """scaling-assets query "with recursive chain as (
    select noun, version, from_noun, from_version from lineage where noun = '{kind}' and experiment = '{plan}'
    union
    select above.noun, above.version, above.from_noun, above.from_version
    from lineage as above
    inner join chain on chain.from_noun = above.noun and chain.from_version = above.version
) select chain.*, sources.path from chain left join sources on sources.source_id = chain.from_version\""""


@dataclass(frozen=True)
class PlanTable:
    """One part of an answer as plain text: a header, and a row an item.

    ``bars`` draw the numbers of column ``drawn`` beside one another, row by row; none where no column has several.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    drawn: int = 0
    bars: tuple[Bar | None, ...] = ()


def words(name: str) -> str:
    """``cost_per_unit`` as ``cost per unit``."""
    return name.replace("_", " ")


def tables(answer: PlanAnswer) -> list[PlanTable]:
    """The parts of an answer in their order, rows and columns in the order in which they first appear."""
    found = []
    for part in dict.fromkeys(figure.part for figure in answer.figures):
        cells = answer.part(part)
        columns = list(dict.fromkeys(figure.quantity for figure in cells))
        units = {name: _common_unit([f for f in cells if f.quantity == name]) for name in columns}
        at = {(figure.item, figure.quantity): figure for figure in cells}
        header = [words(n) + (f" ({u})" if (u := wording.unit_text(units[n] or "")) else "") for n in columns]
        items = list(dict.fromkeys(figure.item for figure in cells))
        rows = [
            (words(item), *(cell_text(at.get((item, name)), units[name] is None) for name in columns))
            for item in items
        ]
        lines = {n: [at.get((item, n)) for item in items] for n in columns if units[n]}
        found.append(PlanTable(words(part), ("", *header), tuple(rows), *_drawn(columns, lines)))
    return found


def _drawn(
    columns: list[str], lines: Mapping[str, Sequence[Figure | None]]
) -> tuple[int, tuple[Bar | None, ...]]:
    """Which column is drawn, the first with intervals or else the first with several numbers, and its bars."""
    several = {n: cells for n, cells in lines.items() if sum(_is_number(c) for c in cells) > 1}
    unsure = [
        n for n, cells in several.items() if any(c and _is_number(c) and c.low is not None for c in cells)
    ]
    chosen = next(iter([*unsure, *several]), None)
    if chosen is None:
        return 0, ()
    bars = iter(forest([c for c in several[chosen] if c and _is_number(c)], held=(0.0,)).bars)
    return columns.index(chosen) + 1, tuple(next(bars) if _is_number(c) else None for c in several[chosen])


def _is_number(cell: Figure | None) -> bool:
    return cell is not None and cell.value is not None


def cell_text(figure: Figure | None, has_unit: bool = True) -> str:
    """``456 [430, 480] ops/s, sufficient: 320 ops/s x 1.5``; empty where there is no cell."""
    if figure is None:
        return ""
    number = ""
    if figure.value is not None or figure.low is not None or figure.high is not None:
        number = wording.labelled_value(
            figure.value, figure.low, figure.high, wording.unit_text(figure.unit) if has_unit else ""
        )
    said = ", ".join(part for part in (number, figure.status) if part)
    return ": ".join(part for part in (said, figure.text) if part)


def _common_unit(cells: Sequence[Figure]) -> str | None:
    """The unit of all numbers of a column; None where they differ."""
    units = {f.unit for f in cells if not (f.value is None and f.low is None and f.high is None)}
    return units.pop() if len(units) == 1 else None if units else ""


def methods(answer: PlanAnswer) -> list[str]:
    """How the answer and its figures came about, each method once."""
    named = [answer.method, *(figure.method for figure in answer.figures)]
    return [name for name in dict.fromkeys(named) if name]


def plan_page(answer: PlanAnswer) -> str:
    """The whole page: the answer first, why, what to do, the tables, how they came about."""
    source = "**simulated** runs" if answer.is_simulated else "measured runs or declared numbers"
    level = f", intervals at {answer.level:.0%}" if answer.level is not None else ""
    lines = [
        f"# {escape(answer.title)}",
        "",
        f"{MARKS[answer.status]} **{answer.status.upper()}**: {escape(answer.headline)}",
        "",
        *(f"{escape(text)}\n" for text in (answer.reason, answer.remedy) if text),
        f"- Plan: `{answer.plan}` ({words(answer.kind)}), from {source}{level}",
    ]
    if answer.owner:
        lines.append(f"- Owner: {escape(answer.owner)}")
    lines += [f"- Method: {escape(method)}" for method in methods(answer)]
    lines += [
        f"- Law: {escape(source.name)}, `{source.version}`"
        for source in answer.sources
        if source.noun == "law"
    ]
    for part in tables(answer):
        rows = [[escape(cell) or "–" for cell in row] for row in part.rows]
        lines += ["", f"## {escape(part.title.capitalize())}", "", table([*map(escape, part.header)], rows)]
    if answer.sources:
        explain = EXPLAIN.format(kind=answer.kind, plan=answer.plan)
        lines += ["", "## From here back to the runs", "", "```", explain, "```"]
    return "\n".join(lines) + "\n"
