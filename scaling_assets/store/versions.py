"""Versions and heads: what has been written, and which of it people see.

What belongs here: noting, moving, forgetting versions. What does not: the rows themselves
(``trial_rows``, ``law_rows``, ``verdict_rows``).
"""

from collections.abc import Mapping

from scaling_assets.errors import VersionGone
from scaling_assets.store.session import Session, records, run, scalar
from scaling_assets.store.statements import identifier, query
from scaling_assets.store.store import Head

#: The tables that hold a noun's rows, all with the columns experiment and version.
TABLES = {
    "trials": ("trials",),
    "laws": ("laws", "law_parameters", "law_evidence", "law_draws"),
    "verdicts": ("verdicts", "verdict_evidence"),
}


def has(session: Session, noun: str, experiment: str, version: str) -> bool:
    """True when this version was written, even without a row."""
    return bool(scalar(session, "has_version", noun=noun, experiment=experiment, version=version))


def note(session: Session, noun: str, experiment: str, version: str) -> bool:
    """Remember a version that is about to be written; False when it is there already."""
    if has(session, noun, experiment, version):
        return False
    run(session, "note_version", noun=noun, experiment=experiment, version=version)
    return True


def heads(session: Session) -> Mapping[str, Head]:
    """The head of every experiment that has one."""
    return {line["experiment"]: Head(*line.values()) for line in records(session, "heads")}


def move_head(session: Session, head: Head) -> None:
    """Make the head's versions visible and drop what it superseded.

    Raises:
        VersionGone: the head names trials or laws that the store does not hold.
    """
    former = heads(session).get(head.experiment, Head(head.experiment))
    named = {"trials": head.trials, "laws": head.laws, "verdicts": head.verdicts}
    for noun, version in named.items():
        if version is not None and not has(session, noun, head.experiment, version):
            raise VersionGone(experiment=head.experiment, noun=noun, version=version)
    run(
        session,
        "move_head",
        experiment=head.experiment,
        observations=head.observations,
        trials=head.trials,
        laws=head.laws,
        verdicts=head.verdicts,
    )
    for noun, version in named.items():
        if version is not None:
            _drop_superseded(session, noun, head.experiment, version, getattr(former, noun))


def _drop_superseded(session: Session, noun: str, experiment: str, current: str, former: str | None) -> None:
    found = records(
        session, "superseded", noun=noun, experiment=experiment, current=current, former=former or current
    )
    for version in (line["version"] for line in found):
        for table in TABLES[noun]:
            statement = query("drop_rows_of_version").compose(table=identifier("ledger", table))
            session.run(statement, {"experiment": experiment, "version": version})
        run(session, "forget_version", noun=noun, experiment=experiment, version=version)
