"""lab.toml: the lab's name and its policies.

What belongs here: the shape of the file. What does not: experiments and plans (their own files).
"""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from scaling_assets.ingest import Limits
from scaling_assets.records.experiment import Declared
from scaling_assets.records.looking import Looks
from scaling_assets.records.monitor import MinimumChange


class About(Declared):
    """[lab]: who this lab is, for people."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    title: str = ""
    owner: str = ""


class Landing(Declared):
    """[landing]: when a file counts as complete, and what it may be at most."""

    settle_s: Annotated[float, Field(gt=0, le=86_400)] = 1.0
    max_file_mb: Annotated[float, Field(gt=0, le=4_096)] = Limits.max_file_mb
    max_columns: Annotated[int, Field(ge=3, le=10_000)] = Limits.max_columns
    max_line_kb: Annotated[float, Field(gt=0, le=10_000)] = Limits.max_line_kb

    def limits(self) -> Limits:
        """The bounds in the form in which ``ingest`` takes them."""
        return Limits(self.max_file_mb, self.max_columns, self.max_line_kb)


class Sweeps(Declared):
    """[sweeps]: quick or full for every experiment, or what each one declares."""

    mode: Literal["quick", "full", "declared"] = "declared"


class GatePolicy(Declared):
    """[gates]: when gates may be read in every experiment that does not say so itself (``records.looking``)."""

    looks: Looks | None = None


class MonitorPolicy(Declared):
    """[monitor]: changes that matter, and the chance of false flags, where an experiment does not say."""

    minimum_change: MinimumChange = MinimumChange()
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.05


class StoreSettings(Declared):
    """[store]: where results are kept; None means the lab's own warehouse folder."""

    location: str | None = None

    @field_validator("location")
    @classmethod
    def _holds_no_password(cls, location: str | None) -> str | None:
        account = (location or "").partition("://")[2].rpartition("@")[0]
        if ":" in account:
            raise ValueError("a password does not belong into a file; set SCALING_ASSETS_STORE instead")
        return location


class LabSettings(Declared):
    """The whole of lab.toml."""

    lab: About
    landing: Landing = Landing()
    sweeps: Sweeps = Sweeps()
    gates: GatePolicy = GatePolicy()
    monitor: MonitorPolicy = MonitorPolicy()
    store: StoreSettings = StoreSettings()
