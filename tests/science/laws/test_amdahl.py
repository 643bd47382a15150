"""What is special about Amdahl's law: it is the Universal Scalability Law without coherency, and has a limit."""

import numpy as np
import pytest

from scaling_assets.science.laws import FAMILIES

N = np.array([1.0, 4.0, 8.0, 12.0, 16.0, 20.0, 24.0, 28.0, 32.0, 48.0, 64.0])[:, None]


def test_it_is_the_usl_without_coherency():
    np.testing.assert_array_equal(
        FAMILIES["amdahl"].curve(np.array([21.8, 0.058]), N),
        FAMILIES["usl"].curve(np.array([21.8, 0.058, 0.0]), N),
    )


def test_speed_up_is_bounded_by_the_serial_share():
    speed_up = FAMILIES["amdahl"].curve(np.array([1.0, 0.05]), np.array([[1.0], [20.0], [1e12]]))
    assert speed_up == pytest.approx([1.0, 1 / (0.05 + 0.95 / 20), 20.0])
