"""The registry: which estimator belongs to which metric kind, and the door through which all go.

What lives here: ``ESTIMATORS`` and ``estimate``. What does not: the estimators (one kind a file).
"""

from collections.abc import Callable

import pandas as pd

from scaling_assets.records.experiment import Metric
from scaling_assets.science.trials.counts import rate_per_exposure
from scaling_assets.science.trials.estimate import Confidence, Estimate, Units, units_of
from scaling_assets.science.trials.means import mean
from scaling_assets.science.trials.proportions import proportion
from scaling_assets.science.trials.quantiles import quantile
from scaling_assets.science.trials.ratios import ratio

Estimator = Callable[[Metric, Units, Confidence], Estimate]

ESTIMATORS: dict[str, Estimator] = {
    "value": mean,
    "quantile": quantile,
    "rate": proportion,
    "count": rate_per_exposure,
    "ratio": ratio,
}


def estimate(metric: Metric, trials: pd.DataFrame, confidence: Confidence) -> Estimate:
    """Pool trials of one metric, from one cell or several, by the metric's kind.

    A unit that has trials in several cells is put together first and counts once. Simulated and
    measured trials are never pooled.
    """
    of_metric = trials[trials["metric"] == metric.name]
    return estimate_units(metric, units_of(of_metric), of_metric["is_simulated"].nunique() > 1, confidence)


def estimate_units(metric: Metric, units: Units, is_mixed: bool, confidence: Confidence) -> Estimate:
    """The same for units that have been put together already."""
    if is_mixed:
        return units.none("simulated and measured trials are mixed; they are never pooled")
    return ESTIMATORS[metric.kind](metric, units, confidence)
