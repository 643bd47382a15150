"""The part of the store's contract that keeps laws over time: baselines, looks of new runs, changes.

What belongs here: what both backends fulfil, as in ``store``. What does not: how (``baselines``, ``changing``).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from scaling_assets.records.baseline import Baseline, BaselineEntry
from scaling_assets.records.change import Change, ChangeDecision, PointValue, Series
from scaling_assets.records.look import Acknowledgement, LawLook


class OverTime(Protocol):
    """Nothing that is written here is ever changed, but the judged series, which each look replaces."""

    # -- what was vouched for -------------------------------------------------------------------------
    def save_baseline(self, baseline: Baseline) -> Baseline:
        """Keep a baseline as the next version of its name and return it with that version.

        The newest version stands where it has the very same content. No version is ever changed or taken out.
        """

    def baselines(self, name: str | None = None) -> list[BaselineEntry]:
        """All versions of a name, or of all names, oldest first."""

    def read_baseline(self, name: str, version: int | None = None) -> Baseline | None:
        """One version of a name, the newest where none is given; None where there is none."""

    # -- new runs against laws ------------------------------------------------------------------------
    def write_looks(self, looks: Mapping[str, Sequence[LawLook]]) -> None:
        """Keep each experiment's looks at one version of its laws; a version that was looked at is not again."""

    def read_looks(self, experiments: Sequence[str]) -> dict[str, list[LawLook]]:
        """The newest look at each law since its experiment's last acknowledgement, by experiment."""

    def acknowledge_laws(self, acknowledgement: Acknowledgement) -> None:
        """Keep who takes an experiment's laws as they are now; looks start anew."""

    # -- changes over time ------------------------------------------------------------------------------
    def report_changes(
        self,
        experiment: str,
        version: str,
        series: Sequence[Series],
        points: Sequence[PointValue],
        decide: Callable[[Sequence[Change]], Sequence[Change]],
    ) -> list[Change]:
        """Replace what is known of an experiment's series, and its reports by what ``decide`` makes of them.

        ``decide`` is shown the reports that stand; one caller at a time, so that a change is reported once.
        """

    def read_changes(self, experiment: str | None = None) -> list[Change]:
        """Reported changes of an experiment, or of all."""

    def read_watched(self, experiment: str | None = None) -> list[Series]:
        """Series as they were judged last, of an experiment, or of all."""

    def watched_version(self, experiment: str) -> str | None:
        """Version of the last look at an experiment's series; None before one that had any."""

    def first_seen(self, experiment: str, column: str) -> Mapping[str, datetime]:
        """When each value of a context column was observed first; those never observed with a time are left out."""

    def decide_change(self, decision: ChangeDecision) -> None:
        """Keep what somebody decided about a change; nothing of it is ever changed."""

    def read_decisions(self, experiment: str | None = None) -> list[ChangeDecision]:
        """Decisions about changes, oldest first."""
