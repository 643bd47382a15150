"""The average of several laws as a law of its own: one record, one curve.

What belongs here: packing members into an average's parameters and draws, and reading its curve off them. What does
not: who enters with what weight (``averaging``, ``ensemble``).

An average's parameters are its members' weights and parameters, ``<family>.weight`` and ``<family>.<name>``; its
draws hold the members' draws side by side, replicate by replicate from the same resample. So it is stored, read
and predicted from like any law, and says of what it is made.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from scaling_assets.records.law import WEIGHT, Law, ParameterEstimate
from scaling_assets.science.fitting.averaging import weighted_median
from scaling_assets.science.fitting.scale import SCALES
from scaling_assets.science.laws import FAMILIES, Family


@dataclass(frozen=True)
class Member:
    """One law of an average: its family, its weight, and where its parameters lie among the average's."""

    family: Family
    weight: float
    columns: slice


def members(law: Law) -> tuple[Member, ...]:
    """The members of an average, in order."""
    found, at = [], 0
    while at < len(law.parameters):
        name, _, last = law.parameters[at].name.rpartition(".")
        assert last == WEIGHT, law.parameters[at].name
        size = len(FAMILIES[name].parameters)
        found.append(
            Member(FAMILIES[name], float(law.parameters[at].value or 0.0), slice(at + 1, at + 1 + size))
        )
        at += 1 + size
    return tuple(found)


def curves(law: Law, x: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """The curve of a law or an average at points x (n, k) under parameters (..., p): shape (..., n).

    An average's curve is the weighted median of its members' on the residual scale; NaN where members of half the
    weight or more have no value there.
    """
    x = np.asarray(x, dtype=float)
    if not law.is_average:
        return FAMILIES[law.family].curve(theta, x)
    scale, of = SCALES[law.residuals], members(law)
    with np.errstate(all="ignore"):
        values = np.stack([scale.forward(m.family.curve(theta[..., m.columns], x)) for m in of])
        found = weighted_median(values, np.array([m.weight for m in of]))
        return scale.backward(found)


def is_average_of(average: Law, law: Law) -> bool:
    """True when ``average`` is the average of the laws among which ``law`` was fitted."""
    return (
        average.is_average
        and (average.experiment, average.question) == (law.experiment, law.question)
        and dict(average.group) == dict(law.group)
    )


def exists_at(law: Law, x: np.ndarray) -> bool:
    """True when every member has coordinates at points x (n, k)."""
    families = [m.family for m in members(law)] if law.is_average else [FAMILIES[law.family]]
    return all(np.isfinite(family.coordinates(np.asarray(x, dtype=float))).all() for family in families)


def packed(laws: Sequence[Law], weights: Sequence[float]) -> tuple[tuple[ParameterEstimate, ...], np.ndarray]:
    """Parameters and draws of an average of usable laws."""
    count = min(len(law.draws) for law in laws)
    estimates: list[ParameterEstimate] = []
    draws: list[np.ndarray] = []
    for law, weight in zip(laws, weights, strict=True):
        level = law.parameters[0].level
        estimates.append(ParameterEstimate(
            f"{law.family}.{WEIGHT}", float(weight), None, None, level, "share of 1 / back-test error",
        ))  # fmt: skip
        estimates += [replace(p, name=f"{law.family}.{p.name}", role="") for p in law.parameters]
        draws += [np.full((count, 1), float(weight)), law.draws[:count]]
    return tuple(estimates), np.concatenate(draws, axis=1)
