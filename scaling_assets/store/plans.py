"""The verbs of a store about answers to plans of the planning room.

What belongs here: which of them run in which kind of transaction. What does not: rows (``plan_rows``), allocations
and all other verbs (``relational``).
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager

from scaling_assets.records.planned import PlanAnswer
from scaling_assets.store import plan_rows
from scaling_assets.store.session import Session


class PlanVerbs(ABC):
    """Answers to plans over any SQL database that can open a session."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[Session]:
        """A session on the newest committed state, unpublished writes included."""

    @abstractmethod
    def writing(self, *, is_hidden: bool = False) -> AbstractContextManager[Session]:
        """A session that commits on leaving and rolls back on an error; one writer at a time."""

    def write_plan_answers(self, kind: str, answers: Sequence[PlanAnswer]) -> None:
        """Make these the only answers to plans of a kind."""
        with self.writing() as session:
            plan_rows.replace(session, kind, answers)

    def read_plan_answers(self, kind: str | None = None, plan: str | None = None) -> list[PlanAnswer]:
        """The standing answers of a kind and of a plan, or of all."""
        with self.reading() as session:
            return plan_rows.read(session, kind, plan)
