"""The store contract over any SQL database that can open a session.

What belongs here: which verb runs in which kind of transaction. What does not: SQL, rows (the
modules named after their noun), opening and locking (``duckdb``, ``postgres``).

A verb is one session, and no verb calls another: a session holds the writer's lock, so a nested one
would wait for itself.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from scaling_assets.records.claim import AuditedClaim
from scaling_assets.records.comparison import LawFinding
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import Law, StandingLaw
from scaling_assets.records.observation import Appended, FileStamp, LandingStatus, Source
from scaling_assets.records.verdict import Verdict
from scaling_assets.store import (
    checks,
    claim_rows,
    declarations,
    finding_rows,
    intake,
    law_rows,
    reduction,
    trial_rows,
    verdict_rows,
    versions,
)
from scaling_assets.store.allocation_verbs import AllocationVerbs
from scaling_assets.store.baselines import BaselineVerbs
from scaling_assets.store.changing import ChangeVerbs
from scaling_assets.store.plans import PlanVerbs
from scaling_assets.store.provenance import ProvenanceVerbs
from scaling_assets.store.session import records, run, scalar
from scaling_assets.store.store import Head, Offenders, Override


class RelationalStore(BaselineVerbs, ChangeVerbs, AllocationVerbs, PlanVerbs, ProvenanceVerbs):
    """Everything of ``Store`` but opening, preparing, querying, publishing; other files have a share in it."""

    location: str

    @abstractmethod
    def prepare(self) -> None:
        """See ``Store.prepare``."""

    @abstractmethod
    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """See ``Store.query``."""

    @abstractmethod
    def publish(self) -> Path | None:
        """See ``Store.publish``."""

    def declare(self, *experiments: Experiment) -> None:
        """Record declarations, with their tables of rows and their views; idempotent."""
        with self.writing() as session:
            declarations.declare(session, experiments)

    def stamps(self) -> Mapping[str, FileStamp]:
        """Newest known stamp of every landing path ever looked at."""
        with self.reading() as session:
            return intake.stamps(session)

    def has_source(self, source_id: str) -> bool:
        """True when content with this hash has been taken in."""
        with self.reading() as session:
            return bool(records(session, "known_source", source_id=source_id))

    def append(self, source: Source, rules: Mapping[str, Experiment] | None = None) -> Appended:
        """Take in one source exactly once; see ``Store.append``."""
        with self.writing() as session:
            return intake.append(session, source, rules or {})

    def note_landing(self, stamp: FileStamp, status: LandingStatus, message: str, source_id: str) -> None:
        """Put a line in the manifest for a file that was looked at but not appended."""
        with self.writing() as session:
            intake.note_landing(session, stamp, status, message, source_id)

    def observation_version(self, experiment: str) -> str | None:
        """Identity of all accepted rows of the experiment; None when there are none."""
        with self.reading() as session:
            return intake.observation_version(session, experiment)

    def observation_versions(self) -> Mapping[str, str]:
        """The same for every experiment that has rows."""
        with self.reading() as session:
            return intake.observation_versions(session)

    def retract(self, experiment: str, paths: Sequence[str]) -> int:
        """Take the sources of these paths out again; see ``Store.retract``."""
        with self.writing() as session:
            return intake.retract(session, experiment, paths)

    def unit_sums(self, experiment: Experiment) -> pd.DataFrame:
        """Rows reduced to one line per metric, cell and unit."""
        ((_, frame),) = self.unit_sums_of([experiment])
        return frame.drop(columns="experiment")

    def unit_sums_of(self, experiments: Sequence[Experiment]) -> list[tuple[list[Experiment], pd.DataFrame]]:
        """The same for many experiments; see ``Store.unit_sums_of``."""
        with self.reading() as session:
            return reduction.unit_sums(session, experiments)

    def count_observations(self, experiment: str) -> int:
        """Number of accepted rows of the experiment."""
        with self.reading() as session:
            return int(scalar(session, "count_accepted", experiment=experiment))

    def count_quarantined(self, experiment: str) -> int:
        """Number of quarantined rows of the experiment."""
        with self.reading() as session:
            return int(scalar(session, "count_quarantined", experiment=experiment))

    def observations(self, experiment: Experiment, limit: int | None = None) -> pd.DataFrame:
        """All accepted rows, derived metrics included, in order of source and line."""
        with self.reading() as session:
            return reduction.observations(session, experiment, limit)

    def has_version(self, noun: str, experiment: str, version: str) -> bool:
        """True when this version of trials, laws or verdicts is there."""
        return self.has_versions(noun, {experiment: version}) == {experiment}

    def has_versions(self, noun: str, wanted: Mapping[str, str]) -> set[str]:
        """Of these experiments, those whose version of the noun is there."""
        with self.reading() as session:
            there = versions.known(session, list(wanted))
        return {name for name, version in wanted.items() if (noun, name, version) in there}

    def write_trials(self, experiment: Experiment, trials: pd.DataFrame, version: str) -> None:
        """Keep a trial frame under a version; not visible before the head moves."""
        self.write_trials_of(
            [([experiment], trials.assign(experiment=experiment.name))], {experiment.name: version}
        )

    def write_trials_of(
        self, trials: Sequence[tuple[Sequence[Experiment], pd.DataFrame]], wanted: Mapping[str, str]
    ) -> None:
        """The same for many experiments; see ``Store.write_trials_of``."""
        with self.writing(is_hidden=True) as session:
            new = set(versions.note(session, "trials", wanted))
            for group, frame in trials:
                if not new.issuperset(e.name for e in group):
                    frame = frame[frame["experiment"].isin(new)]
                trial_rows.write(session, group[0], frame, wanted)

    def read_trials(self, experiment: Experiment, version: str) -> pd.DataFrame:
        """The trial frame of a version."""
        return self.read_trials_of([experiment], {experiment.name: version})[experiment.name]

    def read_trials_of(
        self, experiments: Sequence[Experiment], wanted: Mapping[str, str]
    ) -> dict[str, pd.DataFrame]:
        """The trial frames of many experiments, by name."""
        with self.reading() as session:
            return trial_rows.read(session, experiments, wanted)

    def write_laws(self, experiment: str, laws: Sequence[Law], version: str) -> None:
        """Keep laws with parameters, evidence and draws under a version; not visible yet."""
        self.write_laws_of({experiment: laws}, {experiment: version})

    def write_laws_of(
        self,
        laws: Mapping[str, Sequence[Law | StandingLaw]],
        wanted: Mapping[str, str],
        findings: Mapping[str, Sequence[LawFinding]] | None = None,
    ) -> None:
        """The same for many experiments, with findings about them, in one transaction."""
        with self.writing(is_hidden=True) as session:
            new = versions.note(session, "laws", wanted)
            law_rows.write(session, {name: laws[name] for name in new}, wanted)
            finding_rows.write(session, {name: (findings or {}).get(name, ()) for name in new}, wanted)

    def read_laws(
        self, experiment: str | None = None, version: str | None = None, *, first: int | None = None
    ) -> list[Law]:
        """Laws of a version, or the visible ones; of all experiments when None; the first of each or all."""
        with self.reading() as session:
            heads = versions.heads(session)
            names = [experiment] if experiment is not None else list(heads)
            wanted = {name: version or heads.get(name, Head(name)).laws for name in names}
            found = law_rows.read(session, {name: at for name, at in wanted.items() if at}, first)
            return [law for laws in found.values() for law in laws]

    def read_laws_of(self, wanted: Mapping[str, str], *, first: int | None = None) -> dict[str, list[Law]]:
        """The laws of one version each of many experiments, by name."""
        with self.reading() as session:
            return law_rows.read(session, wanted, first)

    def standing_laws(self, wanted: Mapping[str, str]) -> dict[str, dict[str, list[StandingLaw]]]:
        """The laws of one version each of many experiments, named only."""
        with self.reading() as session:
            return law_rows.standing(session, wanted)

    def count_laws(self, wanted: Mapping[str, str]) -> dict[str, tuple[int, int]]:
        """How many laws of each experiment there are and lead."""
        with self.reading() as session:
            return law_rows.counts(session, wanted)

    def read_law_findings(self, experiment: str | None = None) -> list[LawFinding]:
        """Findings about the visible laws, of one experiment or of all."""
        with self.reading() as session:
            heads = versions.heads(session)
            names = [experiment] if experiment is not None else list(heads)
            wanted = {name: heads.get(name, Head(name)).laws for name in names}
            found = finding_rows.read(session, {name: at for name, at in wanted.items() if at})
            return [one for findings in found.values() for one in findings]

    def write_verdicts(self, head: Head, verdicts: Sequence[Verdict]) -> None:
        """Keep the verdicts, move the head, and drop the rows that no head names any more."""
        self.write_verdicts_of([head], {head.experiment: verdicts})

    def write_verdicts_of(self, heads: Sequence[Head], verdicts: Mapping[str, Sequence[Verdict]]) -> None:
        """The same for many experiments, in one transaction.

        Raises:
            VersionGone: a head names trials or laws that the store does not hold.
            ValueError: there are verdicts and the head names no version for them.
        """
        wanted = {head.experiment: head.verdicts for head in heads if head.verdicts is not None}
        for name, found in verdicts.items():
            if found and name not in wanted:
                raise ValueError(f"{len(found)} verdicts of {name} without a version")
        with self.writing() as session:
            new = versions.note(session, "verdicts", wanted)
            verdict_rows.write(session, {name: verdicts.get(name, ()) for name in new}, wanted)
            versions.move_heads(session, heads)

    def read_verdicts(self, experiment: str | None = None) -> list[Verdict]:
        """The visible verdicts."""
        with self.reading() as session:
            heads = versions.heads(session)
            names = [experiment] if experiment is not None else list(heads)
            wanted = {name: heads.get(name, Head(name)).verdicts for name in names}
            found = verdict_rows.read(session, {name: at for name, at in wanted.items() if at})
            return [verdict for verdicts in found.values() for verdict in verdicts]

    def write_claims(self, audited: Sequence[AuditedClaim]) -> None:
        """Replace the audit of published claims by this one, whole."""
        with self.writing() as session:
            claim_rows.replace(session, audited)

    def read_claims(self, sheet: str | None = None) -> list[AuditedClaim]:
        """The standing audit of one document's claims, or of all."""
        with self.reading() as session:
            return claim_rows.read(session, sheet)

    def heads(self) -> Mapping[str, Head]:
        """The head of every experiment that has one."""
        with self.reading() as session:
            return versions.heads(session)

    def record_override(self, override: Override) -> None:
        """Keep who went beyond a law's extrapolation limit, how far, and why."""
        with self.writing() as session:
            run(
                session,
                "record_override",
                law_id=override.law_id,
                experiment=override.experiment,
                question=override.question,
                point=law_rows.to_json(override.at),
                extrapolation_limit=override.limit,
                allowed_ratio=override.allowed,
                reason=override.reason,
                author=override.author,
            )

    def offenders(self, check: str, experiment: Experiment) -> Offenders:
        """Run sql/checks/<check>.sql for one experiment."""
        return self.all_offenders([check], [experiment])[experiment.name][0]

    def all_offenders(
        self, names: Sequence[str], experiments: Sequence[Experiment]
    ) -> dict[str, list[Offenders]]:
        """Run several of sql/checks for experiments: what each found, in this order, by experiment."""
        with self.reading() as session:
            return checks.offenders(session, names, experiments)
