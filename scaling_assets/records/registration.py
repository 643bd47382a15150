"""What was declared when: one registration, one difference between two, and how a gate stands.

What belongs here: the values. What does not: which parts are compared and whom a difference spoils
(``science.registration``), keeping them (``store``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Standing(StrEnum):
    """What a verdict may claim."""

    CONFIRMATORY = "confirmatory"  # all that decides it was registered before the first observation
    EXPLORATORY = "exploratory"  # something that decides it was declared or changed later


@dataclass(frozen=True)
class Registration:
    """A declaration as it stood at a time; never changed, never taken out.

    ``sequence`` counts an experiment's registrations from 1. ``is_after_data`` is true from the first one on
    that was made when a row had been taken in; ``n_rows`` is how many rows there were.
    """

    experiment: str
    sequence: int
    identity: str  # content hash of the parts that decide a verdict
    declaration: str  # the whole declaration as JSON
    occasion: str
    is_after_data: bool
    n_rows: int
    registered_at: datetime


@dataclass(frozen=True)
class Change:
    """One part that differs between two declarations; ``old`` or ``new`` is None where it was not declared."""

    part: str  # "gates.fast.threshold", "metrics.latency_ms" (the whole of it), "hypothesis"
    old: Any
    new: Any


@dataclass(frozen=True)
class GateStanding:
    """How one gate stands: since when, and which parts make it so."""

    standing: Standing
    since: datetime
    changes: tuple[Change, ...] = ()
    reason: str = ""


Parts = Mapping[str, Any]
