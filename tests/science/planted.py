"""Laws built by hand: known parameters and draws, as the record holds them."""

import numpy as np

from scaling_assets.records.law import Law, LawStatus, ParameterEstimate
from scaling_assets.science.laws import FAMILIES


def law(family: str = "power", parameters=(1.0, 0.5), sd=0.0, domain=((1.0, 100.0),), **changes) -> Law:
    """A converged leading law with 400 normal parameter draws of standard deviation(s) ``sd``."""
    values = np.array(parameters, dtype=float)
    draws = values + np.random.default_rng(5).normal(size=(400, len(values))) * np.asarray(sd)
    low, high = np.quantile(draws, [0.025, 0.975], axis=0, method="weibull")  # as fits state them
    estimates = tuple(
        ParameterEstimate(p.name, float(v), float(a), float(b), 0.95, "case bootstrap", p.unit, p.role)
        for p, v, a, b in zip(FAMILIES[family].parameters, values, low, high, strict=True)
    )
    fields = {
        "law_id": f"{family}-{changes.get('experiment', 'lab')}", "experiment": "lab", "question": "y_by_x",
        "metric": "y", "axes": ("x",), "group": {}, "family": family, "status": LawStatus.CONVERGED,
        "reason": "", "parameters": estimates, "estimator": "huber", "residuals": "log", "draws": draws,
        "domain": domain, "noise": 0.05, "n_points": 30, "n_units": 30, "n_scales": 5,
        "extrapolation_limit": 2.0, "seed": 1, "code_version": "1", "data_version": "v", "is_leading": True,
        "evidence": {"degrees_of_freedom": 28.0},
    }  # fmt: skip
    return Law(**(fields | changes))
