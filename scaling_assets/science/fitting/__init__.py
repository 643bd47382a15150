"""Fitting laws to trials, and predicting from them.

What belongs here: estimation, uncertainty, back-tests, the choice of the leading law, prediction. What
does not: the curves (``laws``), judgement by thresholds (``gates``). Doors: ``fit.py``, ``predict.py``.
"""

from scaling_assets.science.fitting.fit import Progress, fit, fit_each
from scaling_assets.science.fitting.outcome import CODE_VERSION, law_version
from scaling_assets.science.fitting.predict import curve, draw_curves, point_curve, predict
from scaling_assets.science.fitting.problem import Problem, problems_of

__all__ = [
    "CODE_VERSION",
    "Problem",
    "Progress",
    "curve",
    "draw_curves",
    "fit",
    "fit_each",
    "law_version",
    "point_curve",
    "predict",
    "problems_of",
]
