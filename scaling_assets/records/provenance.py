"""Where an experiment's rows came from and when they and its verdicts came; what was run of what was asked.

What belongs here: the values. What does not: the sources themselves (``observation``), what was declared
(``experiment``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class SourceLine:
    """One source that gave an experiment rows: its content's SHA-256, where it lay, what came of it."""

    source_id: str
    path: str  # relative to the landing folder
    origin: str  # "landing" or "sweep"
    rows_accepted: int
    taken_in_at: datetime


@dataclass(frozen=True)
class Provenance:
    """The sources of an experiment by path, and when its standing verdicts were made (None before)."""

    sources: tuple[SourceLine, ...] = ()
    judged_at: datetime | None = None

    @property
    def newest_data(self) -> datetime | None:
        """When the newest source was taken in."""
        return max((s.taken_in_at for s in self.sources), default=None)

    @property
    def updated(self) -> datetime | None:
        """The later of the newest data and the verdicts."""
        return max(filter(None, (self.newest_data, self.judged_at)), default=None)


@dataclass(frozen=True)
class Ran:
    """What was run: the levels seen of each column (as text, in order), independent units, planned units found.

    ``planned`` and ``found`` are None where the experiment plans nothing, ``found`` also where its plan has too many
    cells to be counted for a page.
    """

    levels: Mapping[str, tuple[str, ...]]
    units: int
    planned: int | None = None
    found: int | None = None
