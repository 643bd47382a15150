"""The verbs of a store about baselines.

What belongs here: which of them run in which kind of transaction. What does not: rows (``baseline_rows``), all
other verbs (``relational``).
"""

from scaling_assets.records.baseline import Baseline, BaselineEntry
from scaling_assets.store import baseline_rows
from scaling_assets.store.designs import DesignVerbs


class BaselineVerbs(DesignVerbs):
    """Baselines over any SQL database that can open a session."""

    def save_baseline(self, baseline: Baseline) -> Baseline:
        """Keep a baseline as the next version of its name; see ``Store.save_baseline``."""
        with self.writing() as session:
            return baseline_rows.save(session, baseline)

    def baselines(self, name: str | None = None) -> list[BaselineEntry]:
        """All versions of a name, or of all names, oldest first."""
        with self.reading() as session:
            return baseline_rows.entries(session, name)

    def read_baseline(self, name: str, version: int | None = None) -> Baseline | None:
        """One version of a name, the newest where none is given; None where there is none."""
        with self.reading() as session:
            return baseline_rows.read(session, name, version)
