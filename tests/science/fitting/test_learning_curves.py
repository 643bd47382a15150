"""Published learning curves: fitted on their smaller scales, each law misses the larger ones by its known amount."""

import numpy as np
import pytest

from scaling_assets.records.experiment import Estimator, LawQuestion
from scaling_assets.science.fitting.batch import batch_of
from scaling_assets.science.fitting.point import fit_points
from scaling_assets.science.fitting.problem import Problem
from scaling_assets.science.fitting.sample import sample_of
from scaling_assets.science.laws import FAMILIES


def mean_error_outside(name, table):
    """Mean over curves of the root mean square error of ln y in the rows that are not fitted."""
    question = LawQuestion(metric="y", by=("x",), families=(name,), estimator=Estimator(name="least_squares"))
    problems, outside = [], []
    for _, curve in table.groupby(["Task", "Model"]):
        seen = curve[curve.Training == 1]
        x = seen["Seen Examples"].to_numpy(dtype=float)[:, None]
        unit = np.arange(len(x)).astype(str).astype(object)
        problems.append(Problem("curves", question, x, seen.Loss.to_numpy(dtype=float), unit))
        outside.append(curve[curve.Training == 0])
    batch = batch_of(FAMILIES[name], sample_of(problems))
    theta = batch.natural(fit_points(batch).theta).T
    errors = [
        np.log(FAMILIES[name].curve(one, rows["Seen Examples"].to_numpy(dtype=float)[:, None]))
        - np.log(rows.Loss)
        for one, rows in zip(theta, outside, strict=True)
    ]
    return float(np.mean([np.sqrt(np.mean(e**2)) for e in errors]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "published", "apart"), [("power", 0.1046, 0.0002), ("saturating_power", 0.0415, 0.002)]
)
def test_published_errors_outside_the_fitted_range(shared_data, name, published, apart):
    """Alabdulmohsin et al. (2022), arXiv:2209.06640, 72 image curves: M1 .1046, M4 .0415."""
    table = shared_data("vision_curves.csv")
    assert table.groupby(["Task", "Model"]).ngroups == 72
    assert mean_error_outside(name, table) == pytest.approx(published, abs=apart)
