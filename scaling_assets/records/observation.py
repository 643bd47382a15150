"""What was measured, as it comes in: sources, accepted rows, rejected rows.

What belongs here: the value types that ``ingest`` and ``sweeps`` make and ``store`` keeps.
What does not: reading files, deciding what is good.
"""

from dataclasses import dataclass, field
from enum import StrEnum

import pandas as pd


class LandingStatus(StrEnum):
    """What became of one file in the landing folder."""

    LANDED = "landed"  # its content was taken in, whole or with some rows in quarantine
    DUPLICATE = "duplicate"  # the same content had landed before, under this or another name
    CHANGED = "changed_after_landing"  # the name landed before with other content: reported, not read
    REJECTED = "rejected"  # nothing of it could be taken in; the reason is in quarantine


@dataclass(frozen=True)
class FileStamp:
    """A file as it was when we looked: path relative to the lab's landing folder, bytes, mtime."""

    path: str
    size_bytes: int
    mtime_ns: int


@dataclass(frozen=True)
class Rejection:
    """One quarantined row (or, with line 0, one whole file): where, what, why, and what to do."""

    experiment: str | None
    line: int
    field: str
    value: str
    reason: str
    remedy: str
    raw: str = ""


@dataclass(frozen=True, eq=False)
class AcceptedRows:
    """Rows of one source for one experiment.

    ``rows`` has the columns line (int64), the standard columns and the declared ones with their types;
    missing values are null. ``has_key`` is True when the experiment has key columns: then
    ``observation_id`` (text, in rows) is made of them and identifies a row across sources, and
    ``content`` tells a repeated row from a contradicting one. Without a key a row is known by its
    source and line alone, and the store makes its observation_id of these when somebody asks.
    """

    experiment: str
    rows: pd.DataFrame
    has_key: bool


@dataclass(frozen=True, eq=False)
class Source:
    """One landed file or sweep: its content's identity, where it came from, what it held.

    ``rows_read`` is always the number of accepted plus the number of rejected rows. A file that is
    rejected whole counts as one row (line 0); in the long shape a row is one observation, whose
    lines have been put together. ``notes`` says what was left out without harm, for people.
    """

    source_id: str  # SHA-256 of the content, hexadecimal
    stamp: FileStamp
    origin: str  # "landing" or "sweep"
    format: str  # reader's name: jsonl, csv, parquet
    shape: str  # "wide" or "long"
    rows_read: int
    accepted: tuple[AcceptedRows, ...] = ()
    rejected: tuple[Rejection, ...] = field(default=())
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Appended:
    """What the store did with a source; counts add up to the source's ``rows_read``."""

    source_id: str
    path: str
    status: LandingStatus
    rows_read: int
    rows_accepted: int
    rows_repeated: int  # same key, same content as a row that is already there
    rows_rejected: int
    experiments: tuple[str, ...]  # those that got at least one new row
    message: str = ""
