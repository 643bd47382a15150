"""Laws as rows of four tables and back.

What belongs here: the translation, exact in both directions (draws to the last bit). What does not:
fitting (``science.fitting``). Values travel column by column: a refit may write a million of them.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from operator import attrgetter
from typing import Any

import numpy as np
import pyarrow as pa

from scaling_assets.errors import VersionGone
from scaling_assets.records.identity import content_id
from scaling_assets.records.law import Law, LawStatus, ParameterEstimate, StandingLaw
from scaling_assets.store.session import Session
from scaling_assets.store.statements import identifier, query

_PLAIN = ("law_id", "question", "metric", "family", "reason", "estimator", "residuals", "noise", "n_points",
          "n_units", "n_scales", "extrapolation_limit", "seed", "code_version", "data_version", "is_leading",
          "leading_reason", "is_simulated")  # fmt: skip
Line = dict[str, Any]
BLOCK = 6_000  # laws put into columns at a time: their draws are some ten megabytes
_ESTIMATE = ("name", "value", "low", "high", "level", "method", "unit", "role")
_EVERY = 2**62  # more laws than there are
_TEXTS = pa.list_(pa.string())
_NUMBERS = pa.list_(pa.float64())


def write(
    session: Session, laws: Mapping[str, Sequence[Law | StandingLaw]], versions: Mapping[str, str]
) -> None:
    """Put each experiment's laws under its version, in their order; parts only of laws that are new.

    Raises:
        VersionGone: a law that was named only is not there.
    """
    known = session.table(query("known_laws"), {"experiments": [name for name in laws if laws[name]]})
    there = set(zip(known["experiment"].to_pylist(), known["law_id"].to_pylist(), strict=True))
    every: list[Placed] = []
    positions: list[int] = []
    for name, found in laws.items():
        carried: list[tuple[StandingLaw, int]] = []
        for position, law in enumerate(found):
            if isinstance(law, StandingLaw):
                carried.append((law, position))
            else:
                every.append((law, name, versions[name]))
                positions.append(position)
        if carried:
            _carry(session, name, versions[name], carried)
    for start in range(0, len(every), BLOCK):
        block = every[start : start + BLOCK]
        session.insert(identifier("ledger", "laws"), _laws(block, positions[start : start + BLOCK]))
        new = [placed for placed in block if (placed[1], placed[0].law_id) not in there]
        for table, made in (
            ("law_parameters", _parameters),
            ("law_evidence", _evidence),
            ("law_draws", _draws),
        ):
            rows = made(new)
            if rows.num_rows:
                session.insert(identifier("ledger", table), rows)


def _carry(session: Session, name: str, version: str, carried: Sequence[tuple[StandingLaw, int]]) -> None:
    """Laws of an earlier version, in their places; the database copies one row each, and no part.

    Raises:
        VersionGone: the store does not hold them any more.
    """
    lines = pa.table({
        "version": [law.version for law, _ in carried],
        "law_id": [law.law_id for law, _ in carried],
        "position": pa.array([position for _, position in carried], type=pa.int64()),
    })  # fmt: skip
    staged = f"carried_{content_id(name, version)}"
    session.stage(staged, lines, identifier("ledger", "law_parameters"))
    statement = query("carry_laws").compose(carried=identifier(staged))
    session.run(statement, {"experiment": name, "version": version})
    if counts(session, {name: version})[name][0] != len(carried):  # another run's head dropped them meanwhile
        raise VersionGone(experiment=name, noun="laws", version=carried[0][0].version)


def standing(session: Session, versions: Mapping[str, str]) -> dict[str, dict[str, list[StandingLaw]]]:
    """The laws of each question and group, without what they say, by the first one's ``data_version``."""
    found: dict[str, dict[str, list[StandingLaw]]] = {name: {} for name in versions}
    asked = {"experiments": list(versions), "versions": list(versions.values())}
    lines = session.table(query("standing_laws"), asked)
    last: tuple[str, str, str] | None = None
    together: list[StandingLaw] = []
    names = ("experiment", "question", "segment", "version", "law_id", "data_version")
    for name, question, segment, version, law_id, data_version in zip(
        *(lines[n].to_pylist() for n in names), strict=True
    ):
        if last != (name, question, segment):
            last, together = (name, question, segment), []
            found[name][data_version] = together
        together.append(StandingLaw(law_id, version))
    return found


def counts(session: Session, versions: Mapping[str, str]) -> dict[str, tuple[int, int]]:
    """How many laws each experiment's version holds, and how many of them lead."""
    asked = {"experiments": list(versions), "versions": list(versions.values())}
    lines = session.table(query("count_laws"), asked).to_pylist()
    found = {line["experiment"]: (int(line["n_laws"]), int(line["n_leading"])) for line in lines}
    return {name: found.get(name, (0, 0)) for name in versions}


def read(session: Session, versions: Mapping[str, str], first: int | None = None) -> dict[str, list[Law]]:
    """Each experiment's laws of its version, in the order in which they were written; all or the ``first``."""
    asked = {
        "experiments": list(versions),
        "versions": list(versions.values()),
        "first": _EVERY if first is None else first,
    }
    rows = session.table(query("laws_of_versions"), asked).to_pylist()
    found: dict[str, list[Law]] = {name: [] for name in versions}
    if not rows:
        return found
    parameters = _read_parameters(session, asked)
    evidence = _read_evidence(session, asked)
    draws = _read_draws(session, asked)
    for row in rows:
        key = (row["experiment"], row["law_id"])
        estimates = tuple(parameters.get(key, ()))
        drawn = np.column_stack(draws[key]) if key in draws else np.empty((0, len(estimates)))
        found[row["experiment"]].append(_law(row, estimates, dict(evidence.get(key, ())), drawn))
    return found


def plain(value: Any) -> Any:
    """A numpy scalar as the Python value it stands for, an enumeration as its text."""
    if isinstance(value, np.generic):
        return value.item()
    return str(value) if isinstance(value, str) else value


def to_json(values: Any) -> str:
    """A segment as JSON; true, 1, 1.0 and "1" stay what they are."""
    return json.dumps({name: plain(value) for name, value in values.items()})


Placed = tuple[Law, str, str]  # a law, its experiment, its version


def _laws(every: Sequence[Placed], positions: Sequence[int]) -> pa.Table:
    laws = [law for law, _, _ in every]
    columns: dict[str, Any] = {
        "experiment": [name for _, name, _ in every],
        "version": [version for _, _, version in every],
        "position": list(positions),
        **{name: list(map(attrgetter(name), laws)) for name in _PLAIN},
        "noise": pa.array([law.noise for law in laws], type=pa.float64()),
        "axes": pa.array([list(law.axes) for law in laws], type=_TEXTS),
        "segment": [to_json(law.group) for law in laws],
        "status": [law.status.value for law in laws],
        "domain_low": pa.array([[float(low) for low, _ in law.domain] for law in laws], type=_NUMBERS),
        "domain_high": pa.array([[float(up) for _, up in law.domain] for law in laws], type=_NUMBERS),
    }
    return pa.table(columns)


def _parameters(every: Sequence[Placed]) -> pa.Table:
    counts = [len(law.parameters) for law, _, _ in every]
    estimates = [estimate for law, _, _ in every for estimate in law.parameters]
    columns = _keys(every, counts)
    columns["position"] = pa.array([i for count in counts for i in range(count)], type=pa.int64())
    for name in _ESTIMATE:
        kind = pa.float64() if name in ("value", "low", "high", "level") else pa.string()
        columns[name] = pa.array(list(map(attrgetter(name), estimates)), type=kind)
    columns["is_at_bound"] = pa.array([bool(estimate.at_bound) for estimate in estimates], type=pa.bool_())
    return pa.table(columns)


def _evidence(every: Sequence[Placed]) -> pa.Table:
    columns = _keys(every, [len(law.evidence) for law, _, _ in every])
    columns["name"] = pa.array([name for law, _, _ in every for name in law.evidence], type=pa.string())
    values = [value for law, _, _ in every for value in law.evidence.values()]
    columns["value"] = pa.array(values, type=pa.float64())
    return pa.table(columns)


def _draws(every: Sequence[Placed]) -> pa.Table:
    """One array a parameter; all of them lie in one buffer, and no number becomes a Python object."""
    drawn = [placed for placed in every if placed[0].draws.shape[0]]
    shapes = [law.draws.shape for law, _, _ in drawn]
    columns = _keys(drawn, [p for _, p in shapes])
    columns["position"] = pa.array([i for _, p in shapes for i in range(p)], type=pa.int64())
    flat = [np.asarray(law.draws, dtype=float).T.ravel() for law, _, _ in drawn]
    ends = np.cumsum([0, *(replicates for replicates, p in shapes for _ in range(p))])
    values = pa.array(np.concatenate(flat) if flat else np.empty(0))
    columns["draws"] = pa.ListArray.from_arrays(pa.array(ends, type=pa.int32()), values)
    return pa.table(columns)


def _keys(every: Sequence[Placed], counts: Sequence[int]) -> dict[str, pa.Array]:
    """The columns that say whose part a line is, for laws with so many parts each."""
    of = pa.array(np.repeat(np.arange(len(every)), counts))
    names = {
        "experiment": [name for _, name, _ in every],
        "version": [version for _, _, version in every],
        "law_id": [law.law_id for law, _, _ in every],
    }
    return {name: pa.array(values, type=pa.string()).take(of) for name, values in names.items()}


def _parts(session: Session, table: str, order: str, asked: Mapping[str, Any]) -> pa.Table:
    statement = query("parts_of_laws").compose(table=identifier("ledger", table), order=identifier(order))
    return session.table(statement, asked)


def _read_parameters(session: Session, asked: Mapping[str, Any]) -> dict[tuple[str, str], list[Any]]:
    lines = _parts(session, "law_parameters", "position", asked)
    columns = [lines[name].to_pylist() for name in (*_ESTIMATE, "is_at_bound")]
    return _by_law(lines, (ParameterEstimate(*values) for values in zip(*columns, strict=True)))


def _read_evidence(session: Session, asked: Mapping[str, Any]) -> dict[tuple[str, str], list[Any]]:
    lines = _parts(session, "law_evidence", "name", asked)
    return _by_law(lines, zip(lines["name"].to_pylist(), lines["value"].to_pylist(), strict=True))


def _read_draws(session: Session, asked: Mapping[str, Any]) -> dict[tuple[str, str], list[Any]]:
    lines = _parts(session, "law_draws", "position", asked)
    arrays: list[np.ndarray] = []
    for chunk in lines["draws"].chunks:
        values, ends = chunk.values.to_numpy(zero_copy_only=False), chunk.offsets.to_numpy()
        arrays += [values[a:b] for a, b in pairwise(ends)]
    return _by_law(lines, arrays)


def _by_law(lines: pa.Table, values: Iterable[Any]) -> dict[tuple[str, str], list[Any]]:
    found: dict[tuple[str, str], list[Any]] = {}
    for name, law_id, value in zip(
        lines["experiment"].to_pylist(), lines["law_id"].to_pylist(), values, strict=True
    ):
        found.setdefault((name, law_id), []).append(value)
    return found


def _law(
    row: Line, estimates: tuple[ParameterEstimate, ...], evidence: dict[str, float | None], drawn: np.ndarray
) -> Law:
    return Law(
        **{name: row[name] for name in _PLAIN},
        experiment=row["experiment"],
        axes=tuple(row["axes"]),
        group=json.loads(row["segment"]),
        status=LawStatus(row["status"]),
        domain=tuple(zip(row["domain_low"], row["domain_high"], strict=True)),
        parameters=estimates,
        draws=drawn.astype(float),
        evidence=evidence,
    )
