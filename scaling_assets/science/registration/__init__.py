"""What was registered before the first observation, and which verdicts an edit since then makes exploratory.

What lives here: the parts of a declaration that decide a verdict, their comparison, and how each gate stands.
What does not: when something was registered (the caller's clock), keeping it (``store``).
"""

from scaling_assets.science.registration.compare import compare, in_words
from scaling_assets.science.registration.parts import identity, parts
from scaling_assets.science.registration.standing import (
    CODE_VERSION,
    baseline,
    parts_of,
    stamped,
    standing,
)

__all__ = [
    "CODE_VERSION",
    "baseline",
    "compare",
    "identity",
    "in_words",
    "parts",
    "parts_of",
    "stamped",
    "standing",
]
