"""What is computed for many problems at once equals its plain definition, one problem at a time."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from scaling_assets.science.fitting.calibrate import END, RANGE, factors


def plain_factor(slopes, weights):
    """From the definition: (Q'WQ)^-1 Q'W - Q' of each resample, and the root of the mixture's share."""
    q = np.linalg.qr(slopes / np.linalg.norm(slopes, axis=0))[0]
    sizes = []
    for weight in weights.T:
        stiffness = q.T @ np.diag(weight) @ q
        if np.linalg.cond(stiffness) < 1e8:
            moved = np.linalg.solve(stiffness, q.T * weight) - q.T
            sizes.append(np.sqrt(np.sum(moved**2, axis=1)))

    def beyond(factor):
        with np.errstate(divide="ignore"):  # a resample that is the data moves nothing
            return np.mean(ndtr(ndtri(END) / (factor * np.stack(sizes)))) - END

    if beyond(1 / RANGE) <= 0:
        return 1 / RANGE
    return RANGE if beyond(RANGE) >= 0 else brentq(beyond, 1 / RANGE, RANGE, xtol=1e-14, rtol=1e-14)


@pytest.mark.parametrize(("n", "p", "resamples"), [(6, 1, 40), (12, 3, 60), (40, 3, 200), (30, 5, 50)])
def test_calibration_is_the_end_of_the_mixture_it_says(n, p, resamples):
    rng = np.random.default_rng(n)
    slopes = rng.normal(size=(7, n, p)) * 10.0 ** rng.integers(-6, 6, size=(7, 1, p))
    weights = rng.multinomial(n, np.ones(n) / n, size=(7, resamples)).transpose(0, 2, 1).astype(float)
    found = factors(slopes, weights)
    plain = [plain_factor(s, w) for s, w in zip(slopes, weights, strict=True)]
    np.testing.assert_allclose(found, plain, rtol=1e-10)
    for i in range(7):
        assert factors(slopes[i : i + 1], weights[i : i + 1])[0] == found[i]


def test_calibration_leaves_out_resamples_that_determine_no_curve():
    rng = np.random.default_rng(1)
    x = np.repeat([1.0, 2.0, 4.0], 4)
    slopes = np.stack([np.ones(12), x, x**2], axis=1)[None]
    weights = rng.multinomial(12, np.ones(12) / 12, size=(1, 50)).transpose(0, 2, 1).astype(float)
    weights[0, x == 2.0, 0] = 0.0  # two scales for three parameters
    weights[0, x == 2.0, 1] = 1e-9  # all but that
    assert factors(slopes, weights)[0] == pytest.approx(plain_factor(slopes[0], weights[0]), rel=1e-10)
    assert factors(slopes, weights)[0] == pytest.approx(factors(slopes, weights[:, :, 2:])[0], rel=1e-12)


def test_calibration_ends_at_its_range():
    """Resamples that are the data have no spread to scale up; of none that determines the curve nothing is known."""
    slopes = np.random.default_rng(2).normal(size=(1, 9, 2))
    assert factors(slopes, np.ones((1, 9, 30)))[0] == RANGE
    assert factors(slopes, np.zeros((1, 9, 30)))[0] == 1.0
