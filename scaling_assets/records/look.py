"""One look of newly landed runs at a law, and the flag that looks may raise.

What belongs here: the records. What does not: the tests (``science.comparing.shift``), keeping (``store``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from scaling_assets.records.law import Group


@dataclass(frozen=True)
class Evidence:
    """What one test has gathered over looks: how many p-values, the sum of their logarithms, the newest.

    ``sum_log_p`` and ``n_looks`` are all that a simple mixture martingale needs to go on.
    """

    n_looks: int = 0
    sum_log_p: float = 0.0
    p_value: float | None = None
    words: str = ""


@dataclass(frozen=True)
class LawLook:
    """New runs against those that a law had before, and all looks so far taken together.

    ``look`` counts from 1; it begins anew when the question is declared otherwise (``question_id``) or somebody
    acknowledged the shift. ``e_value`` is the wealth of a bet against "new runs are like the former ones": above
    ``threshold`` the law is stale, and stays so. ``tests`` are by name (level, slope, spread, dimensions, context).
    """

    experiment: str
    question: str
    metric: str
    group: Group
    question_id: str
    version: str
    law_id: str
    look: int
    n_former: int
    n_new: int
    tests: Mapping[str, Evidence] = field(default_factory=dict)
    e_value: float = 1.0
    threshold: float = 20.0
    is_stale: bool = False
    reason: str = ""
    method: str = ""
    is_simulated: bool = False
    looked_at: datetime | None = None


@dataclass(frozen=True)
class Acknowledgement:
    """Somebody has seen that an experiment's laws are stale and takes them as they are now."""

    experiment: str
    acknowledged_by: str
    reason: str
    acknowledged_at: datetime
