"""A lab together with its store: what every use case works on."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from scaling_assets.errors import UnknownName
from scaling_assets.lab import Lab, find_lab, load_lab
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.plan import Plan
from scaling_assets.store import open_store
from scaling_assets.store.store import Store

T = TypeVar("T")
#: Whom to tell how far a long step is: done, total, text.
Progress = Callable[[int, int, str], None]
Clock = Callable[[], datetime]
STORE_VARIABLE = "SCALING_ASSETS_STORE"


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Workspace:
    """A lab (what is declared) and a store (what is known), which was opened at ``location``."""

    lab: Lab
    store: Store
    location: str = field(repr=False)  # may hold a password: for the environment of child processes only
    clock: Clock = field(default=utc_now, repr=False)  # the only one that registrations and assignments know

    def experiment(self, name: str) -> Experiment:
        """The declared experiment of this name.

        Raises:
            UnknownName: the lab declares none.
        """
        return _named("experiment", name, self.lab.experiments)

    def plan(self, name: str) -> Plan:
        """The declared plan of this name.

        Raises:
            UnknownName: the lab declares none.
        """
        return _named("plan", name, self.lab.plans)

    def chosen(self, names: Iterable[str] | None) -> list[Experiment]:
        """The experiments of these names in the given order, or all of them, sorted by name."""
        wanted = sorted(self.lab.experiments) if names is None else list(dict.fromkeys(names))
        return [self.experiment(name) for name in wanted]


def open_workspace(
    lab_path: Path | None = None, *, store: str | None = None, partial: bool = False
) -> Workspace:
    """Read the lab and open its store, made or migrated where needed.

    With ``partial``, declarations with mistakes are left out and listed in ``lab.problems``.

    The store is the first of: ``store``, the environment's SCALING_ASSETS_STORE, lab.toml, the
    lab's own warehouse folder.

    Raises:
        LabNotFound, DeclarationErrors, StoreUnreachable, StoreTooNew, StoreBusy.
    """
    lab = load_lab(find_lab(lab_path), partial=partial)
    location = store or os.environ.get(STORE_VARIABLE) or lab.settings.store.location or str(lab.warehouse)
    opened = open_store(location)
    opened.prepare()
    return Workspace(lab, opened, location)


def _named(kind: str, name: str, known: Mapping[str, T]) -> T:
    if name not in known:
        raise UnknownName(kind=kind, name=name, known=", ".join(sorted(known)) or "none is declared")
    return known[name]
