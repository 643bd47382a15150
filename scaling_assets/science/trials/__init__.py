"""From rows to independent units: trials, and what a cell of them amounts to.

What lives here: the derivation of trial frames (``records.trial``), estimates with intervals for
cells or pools of cells (one metric kind a file, registry ``ESTIMATORS``), and the comparison of
what was planned with what was found. What does not: curves (``fitting``), thresholds (``gates``).
"""

from scaling_assets.science.trials.cells import cell_estimates
from scaling_assets.science.trials.completeness import completeness
from scaling_assets.science.trials.derive import CODE_VERSION, derive, derive_alike
from scaling_assets.science.trials.estimate import Confidence, Estimate
from scaling_assets.science.trials.kinds import ESTIMATORS, estimate, estimate_units
from scaling_assets.science.trials.pools import Pool, pools
from scaling_assets.science.trials.select import select

__all__ = [
    "CODE_VERSION",
    "ESTIMATORS",
    "Confidence",
    "Estimate",
    "Pool",
    "cell_estimates",
    "completeness",
    "derive",
    "derive_alike",
    "estimate",
    "estimate_units",
    "pools",
    "select",
]
