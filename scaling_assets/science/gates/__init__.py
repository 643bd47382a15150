"""Questions with an answer in words: pass, fail, inconclusive, insufficient data.

What lives here: the contract of a gate kind (``gate.py``), one kind a file, the registry ``GATES``,
and ``judge``, which asks every declared gate. What does not: estimates (``trials``), curves
(``fitting``), pages (``report``). A threshold change re-judges without refitting.
"""

from scaling_assets.science.gates import completeness, parameter, prediction, regression, threshold
from scaling_assets.science.gates.gate import Case, Finding, GateKind
from scaling_assets.science.gates.judge import CODE_VERSION, GATES, OF_GATES, judge, problems_of_gate

__all__ = [
    "CODE_VERSION",
    "GATES",
    "OF_GATES",
    "Case",
    "Finding",
    "GateKind",
    "completeness",
    "judge",
    "parameter",
    "prediction",
    "problems_of_gate",
    "regression",
    "threshold",
]
