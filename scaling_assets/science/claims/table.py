"""Kind ``table``: rows whose cells must satisfy formulas of the same row, and columns that have totals.

What lives here: every cell and every total of one table, in one answer that names all that do not hold.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import reduce
from typing import Annotated

from pydantic import Field, model_validator

from scaling_assets.records.claim import Claim, ClaimSheet, Consistency
from scaling_assets.records.declared import Identifier
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.printed import Printed, PrintedNumber, read_printed
from scaling_assets.science.claims.against import against
from scaling_assets.science.claims.arithmetic import METHOD, range_of
from scaling_assets.science.claims.kind import (
    Case,
    ClaimKind,
    Finding,
    Objection,
    Settings,
    formula_objections,
    missing,
)
from scaling_assets.science.ranges.enclose import Range
from scaling_assets.science.ranges.expression import Node, read_formula
from scaling_assets.science.ranges.interval import Interval, add

MOST_ROWS = 1_000
NAMED = 10  # cells that do not hold, or are not derivable, named in the reason


class TableSettings(Settings):
    """``columns`` and ``rows`` as printed. ``formulas``: column -> formula of the row's other columns and of
    stated numbers. ``totals``: column -> its printed sum over all rows."""

    columns: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    rows: Annotated[tuple[tuple[PrintedNumber, ...], ...], Field(min_length=1, max_length=MOST_ROWS)]
    labels: tuple[str, ...] = ()
    formulas: dict[Identifier, str] = Field(default_factory=dict)
    totals: dict[Identifier, PrintedNumber] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_its_shape(self) -> "TableSettings":
        if len(set(self.columns)) < len(self.columns):
            raise ValueError("a column is named twice")
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                raise ValueError(f"row {number} has {len(row)} cells for {len(self.columns)} columns")
        if self.labels and len(self.labels) != len(self.rows):
            raise ValueError(f"{len(self.labels)} labels for {len(self.rows)} rows")
        if not self.formulas and not self.totals:
            raise ValueError("a table needs 'formulas' or 'totals'")
        return self


def audit(case: Case, settings: TableSettings) -> Finding:
    """Recompute every cell that has a formula and every total."""
    found = [*_cells(case, settings), *_totals(settings)]
    wrong = [one for one in found if one.outcome is Consistency.INCONSISTENT]
    silent = [one for one in found if one.outcome is Consistency.NOT_DERIVABLE]
    if wrong:
        worst = max(wrong, key=lambda one: abs(one.off_pct or 0.0))
        return replace(worst, reason=f"{len(wrong)} of {len(found)} cells do not hold: {_listed(wrong)}")
    if silent:
        what = "; ".join(dict.fromkeys(one.missing for one in silent))
        return missing(f"{len(silent)} of {len(found)} cells: {_listed(silent)}", what, method=METHOD)
    cells = (
        f"all {len(found)} recomputed cells hold" if len(found) > 1 else f"the cell holds: {found[0].reason}"
    )
    return Finding(Consistency.CONSISTENT, cells, method=METHOD)


def _cells(case: Case, settings: TableSettings) -> Iterator[Finding]:
    formulas = {column: read_formula(text) for column, text in settings.formulas.items()}
    for number, row in enumerate(settings.rows):
        cells = dict(zip(settings.columns, map(read_printed, row), strict=True))
        label = settings.labels[number] if settings.labels else f"row {number + 1}"
        for column, formula in formulas.items():
            yield _one(f"{column} of {label}", formula, cells[column], {**case.stated, **cells})


def _totals(settings: TableSettings) -> Iterator[Finding]:
    for column, text in settings.totals.items():
        what, at = f"the total of {column}", settings.columns.index(column)
        cells = [cell for row in settings.rows if (cell := read_printed(row[at]))]
        stated = read_printed(text)
        if len(cells) < len(settings.rows) or stated is None:
            yield missing(f"{what} is not stated with all its parts", f"every cell of {column} and {what}")
            continue
        total = reduce(add, (Interval(cell.low, cell.high) for cell in cells))
        value = math.fsum(cell.value for cell in cells)
        yield against(what, Range(value, total.low, total.high), stated, method=METHOD)


def _one(what: str, formula: Node, stated: Printed | None, known: Mapping[str, Printed | None]) -> Finding:
    silent = [name for name in formula.names() if known[name] is None]
    if silent or stated is None:
        return missing(f"{what} is not stated with all that it follows from", ", ".join(silent) or what)
    found = range_of(formula, {name: cell for name in formula.names() if (cell := known[name])})
    if not found.is_known or found.value is None:
        return missing(f"{what} may divide by 0 or leave the real numbers", f"values for which {what} exists")
    return against(what, found, stated, method=METHOD)


def _listed(found: list[Finding]) -> str:
    more = f"; and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return "; ".join(one.reason for one in found[:NAMED]) + more


def objections(
    sheet: ClaimSheet, claim: Claim, settings: TableSettings, experiments: Mapping[str, Experiment | None]
) -> list[Objection]:
    """Columns that are not there, grammar, names that neither the row nor the document gives."""
    columns = ", ".join(settings.columns)
    found = [
        Objection((field, column), f"there is no column {column!r}", f"Columns: {columns}.")
        for field, named in (("formulas", settings.formulas), ("totals", settings.totals))
        for column in named
        if column not in settings.columns
    ]
    for column, text in settings.formulas.items():
        known = [
            name for name in dict.fromkeys((*settings.columns, *sheet.numbers_of(claim))) if name != column
        ]
        found += formula_objections(("formulas", column), text, known)
    return found


KIND = ClaimKind("table", "Rows that satisfy formulas, columns with totals", TableSettings, audit, objections)
