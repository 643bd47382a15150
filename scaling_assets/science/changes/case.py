"""A series on its way through detection, and what comes out of it.

What belongs here: what a series is of, its rules, the level of a look at it. What does not: how it is made of
trials (``watch``), answers in words (``told``).
"""

from dataclasses import dataclass, field

from scaling_assets.records.change import Change, PointValue, Series, SeriesKey, Watch
from scaling_assets.records.identity import content_id
from scaling_assets.science.changes.parts import Parts
from scaling_assets.science.changes.segments import Rules, Step

#: With ``looks: each`` a look at n points has the level alpha / LOOKS x minimum_points / n. Looks at a growing
#: series are alike, so that they do not add up: measured, see docs/changes.md.
LOOKS = 8


@dataclass(frozen=True)
class WatchedSeries:
    """A judged series and its changes, in order of time. ``points`` are all of its points, oldest first.

    ``least`` points lie on both sides of a change.
    """

    series: Series
    points: tuple[str, ...]
    least: int
    changes: tuple[Change, ...] = ()
    history: tuple[PointValue, ...] = ()


@dataclass
class Case:
    """A series on its way: what it is of, and what was found."""

    key: SeriesKey
    rule: Watch
    points: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()
    parts: Parts | None = None
    reason: str = ""
    unnamed: int = 0  # runs that belong to no point
    p_value: float | None = None
    steps: list[Step] = field(default_factory=list)

    @property
    def rules(self) -> Rules:
        """What the scan and the segmentation go by."""
        rule = self.rule
        enough = max(rule.minimum_points, 2 * rule.minimum_segment + 2)
        return Rules(rule.minimum_segment, enough, rule.drift == "linear", rule.autocorrelation)

    @property
    def look(self) -> float:
        """The level of this look at this series."""
        if self.rule.looks == "once":
            return self.rule.alpha
        return self.rule.alpha / LOOKS * self.rules.enough / len(self.counted)

    @property
    def series_id(self) -> str:
        """Identity of the series."""
        return series_id(self.key)


def series_id(key: SeriesKey) -> str:
    """Identity of a series: the same however long it grows."""
    return content_id("series", key.experiment, key.question, dict(key.group), dict(key.hardware))
