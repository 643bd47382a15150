"""Which part changed: planted changes of single parameters are called by their names."""

import numpy as np
import pytest

from scaling_assets.science.changes import naming, watch
from scaling_assets.science.changes.segments import Step
from tests.science.changes.planted_time import history, watching

LEVEL = naming.Direction("level", "", np.array([1.0, 0.0]))
FAR = naming.Direction("exponent", "coefficient kept", np.array([9.8, 1.0]))
MIDDLE = naming.Direction("exponent", "about the middle", np.array([0.0, 1.0]))


def step(difference, se, correlation=0.0) -> Step:
    matrix = np.array([[1.0, correlation], [correlation, 1.0]])
    return Step(
        20, 20, 20, 0, 40, 1e-6, np.array(difference), np.array(se), matrix, np.zeros(2), 36, np.zeros(2)
    )


@pytest.mark.parametrize(
    ("difference", "kind"),
    [
        ([0.08, 0.0], "level"),
        ([0.08, 0.005], "level"),  # fits a tiny change of the exponent as well: the simpler one is named
        ([0.49, 0.05], "exponent"),
        ([0.0, 0.05], "exponent"),
        ([-0.3, 0.05], "level and exponent"),
    ],
)
def test_the_simplest_change_that_fits_is_named(difference, kind):
    assert naming.named(step(difference, [0.005, 0.003]), [LEVEL, FAR, MIDDLE]).kind == kind


def test_what_else_the_data_allow_is_said():
    assert naming.named(step([0.08, 0.005], [0.005, 0.003]), [LEVEL, FAR, MIDDLE]).also == ("exponent",)
    assert naming.named(step([0.08, 0.0], [0.005, 0.0005]), [LEVEL, FAR, MIDDLE]).also == ()


def test_noise_that_moves_two_parts_together_is_allowed_for():
    apart, together = step([0.08, 0.02], [0.01, 0.005]), step([0.08, 0.02], [0.01, 0.005], 0.95)
    assert naming.named(apart, [LEVEL]).kind == naming.SEVERAL
    assert naming.named(together, [LEVEL]).kind == naming.SEVERAL
    tilted = step(
        [0.03, 0.015], [0.01, 0.005], 0.95
    )  # three standard errors each, in the noise's own direction
    assert (
        naming.named(tilted, [LEVEL]).p_value
        < naming.named(step([0.03, 0.005], [0.01, 0.005]), [LEVEL]).p_value
    )


FLOORED = {
    "floor": lambda after: (1.12 if after else 1.0, 5.0, 0.4, 1.0),
    "exponent": lambda after: (1.0, 5.0, 0.5 if after else 0.4, 1.0),
    "level": lambda after: (1.0, 5.0, 0.4, 1.1 if after else 1.0),
    "coefficient": lambda after: (1.0, 6.0 if after else 5.0, 0.4, 1.0),
}


@pytest.mark.parametrize("kind", FLOORED)
def test_a_law_with_a_floor_tells_its_parameters_apart(kind):
    def truth(commit: int, x: float) -> float:
        floor, a, b, scale = FLOORED[kind](commit >= 25)
        return scale * (floor + a * x**-b)

    sizes = np.geomspace(1, 1e4, 8)
    [found] = watch(watching(["power_floor"]), history(truth, 40, sizes=sizes, noise=0.02, seed=3))
    [change] = found.changes
    assert change.kind == kind and change.earliest <= "c25" <= change.latest
    assert {part.name for part in change.parts} == {"level", "exponent", "floor"}
    named = {part.name: part for part in change.parts}
    wanted = {"floor": 0.12, "exponent": 0.1}.get(kind)
    if wanted is not None:
        assert change.parts[0].name == kind
        assert named[kind].difference == pytest.approx(wanted, rel=0.4)
    assert change.direction == "up"
    assert change.effect == ("better" if kind == "exponent" else "worse")
