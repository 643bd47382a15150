"""The verbs of a store about how an experiment was designed: registrations and assignments.

What belongs here: which of them run in which kind of transaction. What does not: rows (``design_rows``), all
other verbs (``relational``).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from scaling_assets.records.assignment import Assignment, Decision, Tally
from scaling_assets.records.registration import Registration
from scaling_assets.store import design_rows
from scaling_assets.store.session import Session


class DesignVerbs(ABC):
    """Registrations and assignments over any SQL database that can open a session."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[Session]:
        """A session on the newest committed state, unpublished writes included."""

    @abstractmethod
    def writing(self, *, is_hidden: bool = False) -> AbstractContextManager[Session]:
        """A session that commits on leaving and rolls back on an error; one writer at a time.

        ``is_hidden``: nothing that it writes can be seen by people before a later session moves a head.
        """

    def register(self, registrations: Sequence[Registration]) -> dict[str, list[Registration]]:
        """Keep declarations that are new, and say how their experiments stand; see ``Store.register``."""
        with self.writing() as session:
            design_rows.register(session, registrations)
            return design_rows.registrations(session, [r.experiment for r in registrations])

    def registrations(self, experiments: Sequence[str]) -> dict[str, list[Registration]]:
        """The registrations of experiments, oldest first."""
        with self.reading() as session:
            return design_rows.registrations(session, experiments)

    def assign(self, experiment: str, units: Sequence[str], decide: Callable[[Tally], Decision]) -> Decision:
        """Decide in one transaction, one caller at a time; see ``Store.assign``."""
        with self.writing() as session:
            return design_rows.assign(session, experiment, units, decide)

    def assignments(self, experiment: str) -> list[Assignment]:
        """All assignments of an experiment, in the order in which they were made."""
        with self.reading() as session:
            return design_rows.assignments(session, experiment)
