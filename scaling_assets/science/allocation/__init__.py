"""Where the next unit of currency goes: the best affordable amounts under a plan.

What lives here: finding a plan's laws (``finding.py``), reading it against them (``question.py``), strategies that
choose (one a file, registry ``STRATEGIES``), and the door ``allocate``. What does not: fitting, prices, where to
measure next.
"""

from scaling_assets.science.allocation.allocate import CODE_VERSION, allocate
from scaling_assets.science.allocation.finding import Pin
from scaling_assets.science.allocation.levels import offers
from scaling_assets.science.allocation.solution import STRATEGIES

__all__ = ["CODE_VERSION", "STRATEGIES", "Pin", "allocate", "offers"]
