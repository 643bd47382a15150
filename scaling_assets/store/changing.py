"""The verbs of a store about changes over time: series, reports, decisions.

What belongs here: which of them run in which kind of transaction. What does not: rows (``change_rows``), all
other verbs (``relational``).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from scaling_assets.records.change import Change, ChangeDecision, PointValue, Series
from scaling_assets.store import change_rows
from scaling_assets.store.session import Session


class ChangeVerbs(ABC):
    """Changes over time over any SQL database that can open a session."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[Session]:
        """A session on the newest committed state, unpublished writes included."""

    @abstractmethod
    def writing(self, *, is_hidden: bool = False) -> AbstractContextManager[Session]:
        """A session that commits on leaving and rolls back on an error; one writer at a time."""

    def report_changes(
        self,
        experiment: str,
        version: str,
        series: Sequence[Series],
        points: Sequence[PointValue],
        decide: Callable[[Sequence[Change]], Sequence[Change]],
    ) -> list[Change]:
        """Replace what is known of an experiment's series; see ``Store.report_changes``."""
        with self.writing() as session:
            reports = list(decide(change_rows.changes(session, experiment)))
            change_rows.replace(session, experiment, version, series, points, reports)
            return reports

    def read_changes(self, experiment: str | None = None) -> list[Change]:
        """Reported changes of an experiment, or of all."""
        with self.reading() as session:
            return change_rows.changes(session, experiment)

    def read_watched(self, experiment: str | None = None) -> list[Series]:
        """Series as they were judged last, of an experiment, or of all."""
        with self.reading() as session:
            return change_rows.series(session, experiment)[0]

    def watched_version(self, experiment: str) -> str | None:
        """Version of the last look at an experiment's series."""
        with self.reading() as session:
            return change_rows.series(session, experiment)[1].get(experiment)

    def first_seen(self, experiment: str, column: str) -> dict[str, datetime]:
        """When each value of a context column was observed first."""
        with self.reading() as session:
            return change_rows.first_seen(session, experiment, column)

    def decide_change(self, decision: ChangeDecision) -> None:
        """Keep what somebody decided about a change."""
        with self.writing() as session:
            change_rows.decide(session, decision)

    def read_decisions(self, experiment: str | None = None) -> list[ChangeDecision]:
        """Decisions about changes, oldest first."""
        with self.reading() as session:
            return change_rows.decisions(session, experiment)
