"""Which arm a unit runs, and whether the runs that landed are those that were assigned.

What lives here: the design's arms, blocks and filter (``design``), the choice of an arm (``choose``), answers
to callers (``admit``), the test of the landed ratio (``mismatch``, ``landed``), and what a mismatch does to
findings (``hold``). What does not: the clock, the turn that callers take (``store``).
"""

from scaling_assets.science.assignment.admit import Request, decide, is_complete, planned
from scaling_assets.science.assignment.choose import next_arm
from scaling_assets.science.assignment.design import (
    DesignProblem,
    admits,
    arms,
    largest_deviation,
    problems_of_design,
    shares,
)
from scaling_assets.science.assignment.hold import CODE_VERSION, compares_arms, hold
from scaling_assets.science.assignment.landed import check_landed
from scaling_assets.science.assignment.mismatch import multinomial_test

__all__ = [
    "CODE_VERSION",
    "DesignProblem",
    "Request",
    "admits",
    "arms",
    "check_landed",
    "compares_arms",
    "decide",
    "hold",
    "is_complete",
    "largest_deviation",
    "multinomial_test",
    "next_arm",
    "planned",
    "problems_of_design",
    "shares",
]
