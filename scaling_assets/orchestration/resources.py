"""The lab as a Dagster resource: what every asset, sensor and schedule is handed.

What belongs here: configuration and opening. What does not: use cases (``pipeline``).
"""

from pathlib import Path

import dagster as dg

from scaling_assets.pipeline.workspace import Progress, Workspace, open_workspace

#: Who waits, by lab. Dagster makes a resource anew for every step and keeps only its configuration, so
#: that a listener cannot live in the resource itself.
_LISTENERS: dict[str, Progress] = {}


class Laboratory(dg.ConfigurableResource):
    """Where the lab is; empty means SCALING_LAB or the current directory.

    The store comes from SCALING_ASSETS_STORE, lab.toml, or the lab's warehouse: never from here, where
    a password would show in the UI. Opening is cheap and done anew by every step, so that an edited
    declaration counts at once.
    """

    lab: str = ""

    def open(self) -> Workspace:
        """The lab as it is declared now, with its store; a mistyped declaration is left out until mended."""
        return open_workspace(Path(self.lab) if self.lab else None, partial=True)

    def reporting_to(self, progress: Progress) -> "Laboratory":
        """This laboratory, telling somebody in this process how far a long step is."""
        _LISTENERS[self.lab] = progress
        return self

    @property
    def progress(self) -> Progress | None:
        """Whom to tell (done, total, text), or None."""
        return _LISTENERS.get(self.lab)
