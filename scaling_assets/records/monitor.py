"""What is watched of an experiment's laws over time, and which change matters.

What belongs here: the declaration. What does not: certified baselines (``baseline``), the comparison
(``science.comparing``).
"""

from typing import Annotated

from pydantic import Field

from scaling_assets.records.declared import Declared, Identifier

Share = Annotated[float, Field(gt=0, lt=1)]


class MinimumChange(Declared):
    """The smallest changes that matter; what is not given comes from lab.toml, then from ``DEFAULTS``.

    ``exponent`` is in the exponent's own unit. ``level``, ``floor`` (ceilings too) are shares of the curve's
    value in the middle of the data. ``other`` is for shares such as contention and coherency, in their unit.
    """

    exponent: Annotated[float, Field(gt=0)] | None = None
    level: Share | None = None
    floor: Share | None = None
    other: Annotated[float, Field(gt=0)] | None = None

    def over(self, other: "MinimumChange") -> "MinimumChange":
        """These changes, and the other's where none is given here."""
        own = {name: value for name, value in self if value is not None}
        return other.model_copy(update=own)


DEFAULTS = MinimumChange(exponent=0.02, level=0.05, floor=0.05, other=0.01)


class Monitor(Declared):
    """How an experiment's laws are watched.

    ``hardware`` names context columns that say what the runs ran on: laws of other hardware are not compared.
    ``minimum_change`` is the smallest change that matters. ``alpha`` is the chance, over all looks, that new
    runs of an unchanged system are ever said to disagree with a law; None: lab.toml's.
    """

    hardware: tuple[Identifier, ...] = ()
    minimum_change: MinimumChange = MinimumChange()
    alpha: Annotated[float, Field(gt=0, lt=0.5)] | None = None
