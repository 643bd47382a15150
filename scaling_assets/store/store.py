"""What a store can do, whatever database it is.

What belongs here: the contract that both backends fulfil (``tests/store`` runs one suite over all), but for the
part about laws over time (``over_time``).
What does not: SQL, files, locks (``duckdb``, ``postgres``), statistics (``science``).

Words: a *version* is the content hash of everything that rows came from. Rows of one version are
written once. An experiment's *head* names the versions people see: trials, laws and verdicts of a
refit become visible together, in the transaction that moves the head, so that nobody ever reads new
trials beside old laws.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from scaling_assets.records.allocation import Allocation, PlanOverride
from scaling_assets.records.assignment import Assignment, Decision, Tally
from scaling_assets.records.claim import AuditedClaim
from scaling_assets.records.comparison import LawFinding
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import Law, StandingLaw
from scaling_assets.records.observation import Appended, FileStamp, LandingStatus, Source
from scaling_assets.records.planned import PlanAnswer
from scaling_assets.records.provenance import Provenance
from scaling_assets.records.registration import Registration
from scaling_assets.records.verdict import Verdict
from scaling_assets.store.over_time import OverTime


@dataclass(frozen=True)
class Head:
    """What people see of one experiment; a field is None until that noun has been written."""

    experiment: str
    observations: str | None = None
    trials: str | None = None
    laws: str | None = None
    verdicts: str | None = None


@dataclass(frozen=True)
class Offenders:
    """What a data check found: rows that break the rule (at most 20 shown) and how many there are."""

    check: str
    severity: str  # "blocker" or "warning"
    description: str
    rows: pd.DataFrame
    count: int


@dataclass(frozen=True)
class Override:
    """Somebody asked a law for more than it was measured for, and said why."""

    law_id: str
    experiment: str
    question: str
    at: Mapping[str, float]
    limit: float
    allowed: float
    reason: str
    author: str


class Store(OverTime, Protocol):
    """The contract. Every write is one short transaction that happens whole or not at all.

    Raises (any method): StoreBusy, StoreUnreachable, StoreTooNew.
    """

    location: str  # for people: a path or a URL without its password

    def prepare(self) -> None:
        """Create the tables or migrate them to this program's schema version; idempotent."""

    def declare(self, *experiments: Experiment) -> None:
        """Record declarations, with their tables of rows and their views; idempotent."""

    # -- observations ------------------------------------------------------------------------------
    def stamps(self) -> Mapping[str, FileStamp]:
        """Newest known stamp of every landing path ever looked at, whatever became of it."""

    def has_source(self, source_id: str) -> bool:
        """True when content with this hash has been taken in."""

    def append(self, source: Source, rules: Mapping[str, Experiment] | None = None) -> Appended:
        """Take in one source exactly once: its rows, its quarantine, its manifest line, together.

        With the declarations in ``rules``, rows that break a blocking data rule go to quarantine.

        Rows whose key is there already with the same content are counted as repeated; with other
        content they go to quarantine. A source that is there already changes nothing but the manifest.
        """

    def note_landing(self, stamp: FileStamp, status: LandingStatus, message: str, source_id: str) -> None:
        """Put a line in the manifest for a file that was looked at but not appended."""

    def observation_version(self, experiment: str) -> str | None:
        """Content hash of all accepted rows of the experiment; None when there are none."""

    def observation_versions(self) -> Mapping[str, str]:
        """The same for every experiment that has rows, in one look."""

    def retract(self, experiment: str, paths: Sequence[str]) -> int:
        """Take the sources that came in under these paths out again, with their manifest lines.

        For sweeps of a simulated experiment whose declared truth has changed: their rows can be made
        again, and beside the new ones they would mix two truths. Returns the number of sources.
        """

    def unit_sums(self, experiment: Experiment) -> pd.DataFrame:
        """Rows reduced to one line per metric, cell and unit.

        Columns: metric, unit, seed, the cell columns, is_simulated, n, mean, sd, numerator,
        denominator, sample (see ``records.trial``); ``mean`` over rows with a value.
        """

    def unit_sums_of(self, experiments: Sequence[Experiment]) -> list[tuple[list[Experiment], pd.DataFrame]]:
        """The same for many experiments: those whose declarations say the same of their rows come together.

        Each frame has a further column ``experiment`` and is sorted by it; ``science.trials.derive_alike``
        takes it as it is.
        """

    def count_observations(self, experiment: str) -> int:
        """Number of accepted rows of the experiment."""

    def count_quarantined(self, experiment: str) -> int:
        """Number of quarantined rows of the experiment."""

    def observations(self, experiment: Experiment, limit: int | None = None) -> pd.DataFrame:
        """All accepted rows, derived metrics included, in order of source and line."""

    # -- the four nouns that are computed ------------------------------------------------------------
    def has_version(self, noun: str, experiment: str, version: str) -> bool:
        """True when rows of this version are there (noun: trials, laws, verdicts)."""

    def has_versions(self, noun: str, wanted: Mapping[str, str]) -> set[str]:
        """Of these experiments, those whose version of the noun is there."""

    def write_trials(self, experiment: Experiment, trials: pd.DataFrame, version: str) -> None:
        """Keep a trial frame (``records.trial``) under a version; not visible before the head moves."""

    def write_trials_of(
        self, trials: Sequence[tuple[Sequence[Experiment], pd.DataFrame]], wanted: Mapping[str, str]
    ) -> None:
        """The same for many experiments, each under its wanted version, in one transaction.

        The frames of experiments with the same columns lie one below the other, with a column ``experiment``.
        """

    def read_trials_of(
        self, experiments: Sequence[Experiment], wanted: Mapping[str, str]
    ) -> dict[str, pd.DataFrame]:
        """The trial frames of one version each of many experiments, by name."""

    def read_trials(self, experiment: Experiment, version: str) -> pd.DataFrame:
        """The trial frame of a version."""

    def write_laws(self, experiment: str, laws: Sequence[Law], version: str) -> None:
        """Keep laws with parameters, evidence and draws under a version; not visible yet."""

    def write_laws_of(
        self,
        laws: Mapping[str, Sequence[Law | StandingLaw]],
        wanted: Mapping[str, str],
        findings: Mapping[str, Sequence[LawFinding]] | None = None,
    ) -> None:
        """The same for many experiments, each under its wanted version, in one transaction.

        A law that stands in another version of its experiment need not travel: its name is enough.
        ``findings`` are what the laws say beside one another; they share the laws' version.
        """

    def read_laws_of(self, wanted: Mapping[str, str], *, first: int | None = None) -> dict[str, list[Law]]:
        """The laws of one version each of many experiments, by name; all of them or the ``first``."""

    def standing_laws(self, wanted: Mapping[str, str]) -> dict[str, dict[str, list[StandingLaw]]]:
        """The laws of one version each of many experiments, without what they say, in their order.

        Those of a question and group come together, by the ``data_version`` of the first of them.
        """

    def count_laws(self, wanted: Mapping[str, str]) -> dict[str, tuple[int, int]]:
        """How many laws one version each of many experiments holds, and how many of them lead, by name."""

    def read_laws(
        self, experiment: str | None = None, version: str | None = None, *, first: int | None = None
    ) -> list[Law]:
        """Laws of a version, or (version None) the visible ones; of all experiments when None.

        ``first``: at most so many of each experiment, in the order of writing.
        """

    def read_law_findings(self, experiment: str | None = None) -> list[LawFinding]:
        """Findings about the visible laws, of one experiment or of all."""

    def write_verdicts(self, head: Head, verdicts: Sequence[Verdict]) -> None:
        """Keep the verdicts, move the head, and drop the rows that no head names any more."""

    def write_verdicts_of(self, heads: Sequence[Head], verdicts: Mapping[str, Sequence[Verdict]]) -> None:
        """The same for many experiments, in one transaction: all their heads move together."""

    def read_verdicts(self, experiment: str | None = None) -> list[Verdict]:
        """The visible verdicts."""

    def write_allocations(self, plan: str, allocations: Sequence[Allocation]) -> None:
        """Replace what is known of a plan; the history keeps what stood before."""

    def read_allocations(self, plan: str | None = None) -> list[Allocation]:
        """The standing allocations."""

    def record_plan_override(self, override: PlanOverride) -> None:
        """Keep who fixed a dimension of a plan, or lifted that, why and until when."""

    def plan_overrides(self, plan: str | None = None) -> list[PlanOverride]:
        """Every override of a plan, or of all, oldest first: in force or not."""

    def write_claims(self, audited: Sequence[AuditedClaim]) -> None:
        """Replace the audit of published claims by this one, whole."""

    def read_claims(self, sheet: str | None = None) -> list[AuditedClaim]:
        """The standing audit of one document's claims, or of all."""

    def write_plan_answers(self, kind: str, answers: Sequence[PlanAnswer]) -> None:
        """Make these the only answers to plans of a kind."""

    def read_plan_answers(self, kind: str | None = None, plan: str | None = None) -> list[PlanAnswer]:
        """The standing answers of a kind and of a plan, or of all."""

    def heads(self) -> Mapping[str, Head]:
        """The head of every experiment that has one."""

    def provenance(self, experiment: str) -> Provenance:
        """The sources that gave the experiment rows, by path, and when its standing verdicts were made."""

    def record_override(self, override: Override) -> None:
        """Keep who went beyond a law's extrapolation limit, how far, and why."""

    # -- how experiments were designed ----------------------------------------------------------------
    def register(self, registrations: Sequence[Registration]) -> dict[str, list[Registration]]:
        """Keep each declaration whose content differs from the newest of its experiment; never change one.

        Sequence, rows there were and whether any row had been taken in are filled in by the store, in the
        transaction that keeps it. Returns all registrations of these experiments, oldest first.
        """

    def registrations(self, experiments: Sequence[str]) -> dict[str, list[Registration]]:
        """The registrations of each experiment, oldest first; an empty list where there are none."""

    def assign(self, experiment: str, units: Sequence[str], decide: Callable[[Tally], Decision]) -> Decision:
        """Let ``decide`` answer from what stands, and keep what is new, in one transaction.

        One caller at a time, however many processes ask: what ``decide`` is shown is what the answer is kept
        beside. A unit is kept once.
        """

    def assignments(self, experiment: str) -> list[Assignment]:
        """All assignments of an experiment, in the order in which they were made."""

    # -- for people ----------------------------------------------------------------------------------
    def offenders(self, check: str, experiment: Experiment) -> Offenders:
        """Run sql/checks/<check>.sql for one experiment."""

    def all_offenders(
        self, names: Sequence[str], experiments: Sequence[Experiment]
    ) -> dict[str, list[Offenders]]:
        """Run several of sql/checks for experiments: what each found, in this order, by experiment."""

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """Read what people see (the published state) with ``$name`` parameters. Read only."""

    def publish(self) -> Path | None:
        """Make everything committed visible to analysts; returns their file, None for a server."""
