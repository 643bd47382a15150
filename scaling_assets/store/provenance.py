"""The verb of a store about where an experiment's rows came from, and when.

What belongs here: reading the manifest for people. What does not: writing it (``intake``, ``versions``).
"""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager

from scaling_assets.records.provenance import Provenance, SourceLine
from scaling_assets.store.session import Session, records


class ProvenanceVerbs(ABC):
    """Provenance over any SQL database that can open a session."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[Session]:
        """A session on the newest committed state, unpublished writes included."""

    def provenance(self, experiment: str) -> Provenance:
        """The sources that gave the experiment rows, and when its head moved; see ``Store.provenance``."""
        with self.reading() as session:
            sources = tuple(
                SourceLine(**line) for line in records(session, "provenance_sources", experiment=experiment)
            )
            moved = records(session, "head_moved_at", experiment=experiment)
        return Provenance(sources, moved[0]["moved_at"] if moved else None)
