"""Versions and heads: what has been written, and which of it people see.

What belongs here: noting, moving, forgetting versions, of any number of experiments in one go. What does
not: the rows themselves (``trial_rows``, ``law_rows``, ``verdict_rows``).
"""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from scaling_assets.errors import VersionGone
from scaling_assets.store.session import Session, records, run
from scaling_assets.store.statements import identifier, query
from scaling_assets.store.store import Head

#: The tables that hold a noun's rows, all with the columns experiment and version.
TABLES = {
    "trials": ("trials",),
    "laws": ("laws", "law_findings"),
    "verdicts": ("verdicts", "verdict_evidence"),
}
#: What belongs to laws, whichever versions hold them.
PARTS = ("law_parameters", "law_evidence", "law_draws")
Key = tuple[str, str, str]  # noun, experiment, version


def known(session: Session, experiments: Sequence[str]) -> dict[Key, int]:
    """Versions that were written of these experiments, even without a row, with the order of writing."""
    return {
        (line["noun"], line["experiment"], line["version"]): line["sequence"]
        for line in records(session, "versions_of", experiments=list(experiments))
    }


def note(session: Session, noun: str, versions: Mapping[str, str]) -> list[str]:
    """Remember versions (by experiment) that are about to be written; the experiments for which they are new."""
    there = known(session, list(versions))
    new = [name for name, version in versions.items() if (noun, name, version) not in there]
    if new:
        lines = [
            {"noun": noun, "experiment": name, "version": versions[name], "sequence": position}
            for position, name in enumerate(new, start=1)
        ]
        session.stage("noted", pa.Table.from_pylist(lines), identifier("ledger", "versions"))
        run(session, "note_versions")
    return new


def heads(session: Session) -> Mapping[str, Head]:
    """The head of every experiment that has one."""
    return {line["experiment"]: Head(*line.values()) for line in records(session, "heads")}


def move_heads(session: Session, moved: Sequence[Head]) -> None:
    """Make the heads' versions visible and drop what they superseded.

    Raises:
        VersionGone: a head names trials or laws that the store does not hold.
    """
    there = known(session, [head.experiment for head in moved])
    for head in moved:
        for noun, version in _named(head).items():
            if (noun, head.experiment, version) not in there:
                raise VersionGone(experiment=head.experiment, noun=noun, version=version)
    former = heads(session)
    lines = [
        {
            "experiment": head.experiment,
            "observations_version": head.observations,
            "trials_version": head.trials,
            "laws_version": head.laws,
            "verdicts_version": head.verdicts,
        }
        for head in moved
    ]
    like = identifier("ledger", "heads")
    kinds = pa.schema([(name, pa.string()) for name in lines[0]]) if lines else None
    session.stage("moved", pa.Table.from_pylist(lines, schema=kinds), like)
    run(session, "move_heads")
    gone = _superseded(moved, former, there)
    were = {name: head.laws for name, head in former.items()}
    _keep(session, [(name, at) for noun, name, at in gone if noun == "laws" and were.get(name) == at])
    _drop(session, gone)


def _named(head: Head) -> dict[str, str]:
    versions = {"trials": head.trials, "laws": head.laws, "verdicts": head.verdicts}
    return {noun: version for noun, version in versions.items() if version is not None}


def _superseded(moved: Sequence[Head], former: Mapping[str, Head], there: Mapping[Key, int]) -> list[Key]:
    """Versions that nobody needs any more: those that a head named before, and all that were written before
    those it names now. Versions written later stay: another run is about to name them."""
    current = {(noun, h.experiment): version for h in moved for noun, version in _named(h).items()}
    before = {
        (noun, h.experiment): version
        for h in moved
        for noun, version in _named(former.get(h.experiment, Head(h.experiment))).items()
    }
    found = []
    for (noun, name, version), sequence in there.items():
        named = current.get((noun, name))
        if named is None or version == named:
            continue
        if version == before.get((noun, name)) or sequence < there[noun, name, named]:
            found.append((noun, name, version))
    return found


def _keep(session: Session, seen: Sequence[tuple[str, str]]) -> None:
    """What leading laws of versions that people have seen said stays, draws and evidence apart."""
    if seen:
        names, versions = zip(*seen, strict=True)
        run(session, "keep_former_laws", experiments=list(names), versions=list(versions))


def _drop(session: Session, gone: Sequence[Key]) -> None:
    if not gone:
        return
    lines = [{"noun": noun, "experiment": name, "version": version} for noun, name, version in gone]
    session.stage("superseded", pa.Table.from_pylist(lines), identifier("ledger", "versions"))
    for noun in {noun for noun, _, _ in gone}:
        for table in TABLES[noun]:
            statement = query("drop_superseded_rows").compose(table=identifier("ledger", table))
            session.run(statement, {"noun": noun})
        if noun == "laws":
            for table in PARTS:
                session.run(query("drop_lost_parts").compose(table=identifier("ledger", table)))
    run(session, "forget_superseded")
