"""Tests and bounds on plain arrays: is this arm better than that one, and how often may one look?

What lives here: contrasts between arms (``designs``, ``exact``, ``proportions``), corrections for many
gates (``multiplicity``) and for many looks (``sequences``, ``spending``), power and effect sizes. What
does not: which trials are an arm, thresholds and outcomes (``gates``), laws (``fitting``). Sources stand
beside each function; docs/testing.md explains them together.
"""

from scaling_assets.science.testing.contrast import Bounds, Contrast, fewest, smallest_tail
from scaling_assets.science.testing.designs import clustered_items, paired, stratified, two_sample, weighted
from scaling_assets.science.testing.exact import relabelled, sign_flips
from scaling_assets.science.testing.proportions import clopper_pearson, mover, newcombe, wilson

__all__ = [
    "Bounds",
    "Contrast",
    "clopper_pearson",
    "clustered_items",
    "fewest",
    "mover",
    "newcombe",
    "paired",
    "relabelled",
    "sign_flips",
    "smallest_tail",
    "stratified",
    "two_sample",
    "weighted",
    "wilson",
]
