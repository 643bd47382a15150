"""Where the next unit of currency goes: the best affordable amounts under a plan.

What lives here: reading a plan against laws (``question.py``), strategies that choose (one a file,
registry ``STRATEGIES``), and the door ``allocate``. What does not: fitting, prices, where to measure
next.
"""

from scaling_assets.science.allocation.allocate import CODE_VERSION, STRATEGIES, allocate

__all__ = ["CODE_VERSION", "STRATEGIES", "allocate"]
