"""Changes over time: from which commit, release or day on is a law another one, and in which part?

What lives here: the history of a law's parts point by point (``parts``), the scan for a step under drift and
autocorrelation (``scan``, ``null``), several steps and their places (``segments``), which part changed
(``naming``), families of series (``watch``, ``case``), answers (``told``), one report a change (``known``). What
does not: two laws or declared windows beside one another (``comparing.stability``), declared baselines
(``gates``), keeping reports.
"""

from scaling_assets.science.changes.case import WatchedSeries, series_id
from scaling_assets.science.changes.known import reconciled
from scaling_assets.science.changes.parts import part_names
from scaling_assets.science.changes.watch import CODE_VERSION, is_watched, watch

__all__ = ["CODE_VERSION", "WatchedSeries", "is_watched", "part_names", "reconciled", "series_id", "watch"]
