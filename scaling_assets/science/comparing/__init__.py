"""Laws compared: over contexts, over time, and with what people ask of their shape.

What belongs here: interaction tests, partial pooling, left-out contexts, knees, exponent classes, turns,
stability and drift. What does not: fitting (``fitting``), verdicts on thresholds (``gates``). Everything is
computed from laws, their draws, and problems; nothing here solves for parameters.
"""

from scaling_assets.science.comparing.effects import LEVEL, Effect, effect, parts_of, reference
from scaling_assets.science.comparing.exponent_class import (
    BANDS,
    UNDECIDED,
    Band,
    ExponentClass,
    classify,
    exponent_class,
)
from scaling_assets.science.comparing.findings import CODE_VERSION, findings
from scaling_assets.science.comparing.knee import Knee, Step, knee
from scaling_assets.science.comparing.leave_one_out import LeftOut, leave_one_out, of_family, together
from scaling_assets.science.comparing.pooling import Pooled, Shrunken, pool
from scaling_assets.science.comparing.segments import (
    CurveTest,
    Heterogeneity,
    curve_test,
    heterogeneity,
    holm,
)
from scaling_assets.science.comparing.shape import Turn, can_turn, turn
from scaling_assets.science.comparing.stability import Drift, Stability, drift, stability, windows_of

__all__ = [
    "BANDS", "CODE_VERSION", "LEVEL", "UNDECIDED", "Band", "CurveTest", "Drift", "Effect", "ExponentClass",
    "Heterogeneity", "Knee", "LeftOut", "Pooled", "Shrunken", "Stability", "Step", "Turn", "can_turn",
    "classify", "curve_test", "drift", "effect", "exponent_class", "findings", "heterogeneity", "holm", "knee",
    "leave_one_out", "of_family", "parts_of", "pool", "reference", "stability", "together", "turn",
    "windows_of",
]  # fmt: skip
