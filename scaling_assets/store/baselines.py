"""The verbs of a store about laws over time: baselines, and looks of new runs at laws.

What belongs here: which of them run in which kind of transaction. What does not: rows (``baseline_rows``,
``look_rows``), all other verbs (``relational``).
"""

from collections.abc import Mapping, Sequence

from scaling_assets.records.baseline import Baseline, BaselineEntry
from scaling_assets.records.look import Acknowledgement, LawLook
from scaling_assets.store import baseline_rows, look_rows
from scaling_assets.store.designs import DesignVerbs


class BaselineVerbs(DesignVerbs):
    """Baselines and looks over any SQL database that can open a session."""

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

    def write_looks(self, looks: Mapping[str, Sequence[LawLook]]) -> None:
        """Keep looks, once a version of the laws; see ``Store.write_looks``."""
        with self.writing() as session:
            look_rows.write(session, looks)

    def read_looks(self, experiments: Sequence[str]) -> dict[str, list[LawLook]]:
        """The newest look at each law since its experiment's last acknowledgement, by experiment."""
        with self.reading() as session:
            return look_rows.newest(session, experiments)

    def acknowledge_laws(self, acknowledgement: Acknowledgement) -> None:
        """Keep who takes an experiment's laws as they are now; looks start anew."""
        with self.writing() as session:
            look_rows.acknowledge(session, acknowledgement)
