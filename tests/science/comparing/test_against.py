"""Laws against a baseline: what moved is found and named, what cannot be compared says why, luck raises no alarm."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from benchmarks.against_baseline import Design, outcomes, problem, share
from scaling_assets.records.baseline import Moved, overall
from scaling_assets.records.law import LawStatus
from scaling_assets.records.monitor import MinimumChange
from scaling_assets.science.comparing.against import Present, against
from scaling_assets.science.comparing.effects import effect
from scaling_assets.science.comparing.snapshot import snapshot, worse_way
from scaling_assets.science.fitting import fit
from tests.science.planted import law

DESIGN = Design(6, 5, 0.03)
NOTHING = MinimumChange()


@pytest.fixture(scope="module")
def releases():
    """Three releases of one system: the same, one with another exponent, one that contains the first's runs."""
    rng = np.random.default_rng(3)
    then, same = problem(DESIGN, 0, rng, "a"), problem(DESIGN, 0, rng, "b")
    bent = problem(DESIGN, 0, rng, "b", bend=0.05)
    shifted = problem(DESIGN, 0, rng, "b", shift=float(np.log(1.15)))
    grown = replace(
        then,
        x=np.concatenate([then.x, same.x]),
        y=np.concatenate([then.y, same.y]),
        unit=np.concatenate([then.unit, same.unit]),
    )
    problems = {"then": then, "same": same, "bent": bent, "shifted": shifted, "grown": grown}
    return {
        name: (one, p) for (name, p), one in zip(problems.items(), fit(list(problems.values())), strict=True)
    }


def compared(releases, now: str, **changes):
    then, p = releases["then"]
    taken = snapshot(then, p, {"machine": ("m1",)}, "lower")
    one, points = releases[now]
    present = Present(
        [changes.pop("law", one)], points, changes.pop("hardware", {"machine": ("m1",)}), "lower"
    )
    minimum = changes.pop("minimum", NOTHING)
    return {c.role: c for c in against([taken], {taken.place: present}, lambda _: minimum, **changes)}


def test_an_exponent_and_a_level_are_told_apart(releases):
    bent, shifted = compared(releases, "bent"), compared(releases, "shifted")
    assert bent["exponent"].outcome is Moved.REGRESSED and bent["level"].outcome is Moved.NOT_REGRESSED
    assert shifted["level"].outcome is Moved.REGRESSED and shifted["exponent"].outcome is not Moved.REGRESSED
    assert {c.outcome for c in compared(releases, "same").values()} <= {
        Moved.NOT_REGRESSED,
        Moved.INCONCLUSIVE,
    }
    assert overall(list(bent.values())) is Moved.REGRESSED


def test_a_change_that_is_too_small_to_matter_is_no_regression(releases):
    found = compared(releases, "bent", minimum=MinimumChange(exponent=0.2))["exponent"]
    assert found.outcome is Moved.NOT_REGRESSED and found.low < found.change < found.high < 0.2
    assert compared(releases, "bent", parts=["floor"]) == {}


def test_the_difference_is_welchs_where_intervals_are_symmetric(releases):
    found = compared(releases, "bent", minimum=MinimumChange(exponent=0.001))
    a, b = (effect(one, "b", problem=p) for one, p in (releases["bent"], releases["then"]))
    t = (a.value - b.value - 0.001) / np.hypot(a.se, b.se)
    nu = (a.se**2 + b.se**2) ** 2 / (a.se**4 / a.degrees + b.se**4 / b.degrees)
    assert found["exponent"].p_value == pytest.approx(stats.t.sf(t, nu), rel=1e-5)
    assert found["exponent"].p_adjusted == pytest.approx(2 * stats.t.sf(t, nu), rel=1e-5)  # two parts


def test_runs_that_contain_the_baselines_are_recognised(releases):
    nested = compared(releases, "grown")["exponent"]
    assert "contain the baseline's" in nested.reason and "Hausman" in nested.method
    assert "MOVER" in compared(releases, "same")["exponent"].method
    again = compared(releases, "then")["exponent"]
    assert (again.outcome, again.change, again.low, again.high) == (Moved.NOT_REGRESSED, 0.0, 0.0, 0.0)


def test_what_cannot_be_compared_says_why(releases):
    bent, _ = releases["bent"]
    for reason, changes in {
        "other hardware (machine: m1 then, m2 now)": {"hardware": {"machine": ("m2",)}},
        "other hardware (machine: m1 then, not declared now)": {"hardware": {}},
        "other family: power is not fitted any more, linear leads": {"law": replace(bent, family="linear")},
        "the power law is failed: no": {"law": replace(bent, status=LawStatus.FAILED, reason="no")},
        "the question changed": {"law": replace(bent, residuals="identity")},
        "simulated runs are not compared": {"law": replace(bent, is_simulated=True)},
        "the middle of the baseline's data lies outside": {"law": replace(bent, domain=((500.0, 1000.0),))},
    }.items():
        found = compared(releases, "bent", **changes)
        assert all(c.outcome is Moved.NOT_COMPARABLE and c.reason.startswith(reason) for c in found.values())
        assert overall(list(found.values())) is Moved.NOT_COMPARABLE
    taken = snapshot(*releases["then"], {}, "lower")
    (missing, _) = against([taken], {}, lambda _: NOTHING)
    assert missing.reason.startswith("missing") and missing.then == taken.parts[0].value


def test_a_law_that_cannot_be_used_is_no_baseline(releases):
    one, p = releases["then"]
    assert "underdetermined" in snapshot(replace(one, status=LawStatus.UNDERDETERMINED), p, {}, "lower")


@pytest.mark.parametrize(
    ("family", "parameters", "name", "direction", "worse"),
    [
        ("power", (1.0, 0.5), "b", "lower", "increase"),
        ("power", (1.0, 0.5), "b", "higher", "decrease"),
        ("power", (1.0, -0.5), "b", "lower", "increase"),
        ("power", (1.0, 0.5), "b", "none", "both"),
        ("power_floor", (1.0, 5.0, 0.5), "b", "lower", "decrease"),  # falls faster: better
        ("power_floor", (1.0, 5.0, 0.5), "E", "lower", "increase"),
        ("power_floor", (0.0, 5.0, 0.5), "E", "lower", "increase"),  # on its bound
        ("usl", (10.0, 0.05, 0.001), "sigma", "higher", "increase"),
    ],
)
@pytest.mark.parametrize("unit", [1.0, 1e4, 1e-4])
def test_which_way_is_worse_does_not_depend_on_the_unit_of_x(
    family, parameters, name, direction, worse, unit
):
    if family == "usl" and unit != 1.0:
        pytest.skip("workers are counted")
    if family == "power":
        parameters = (parameters[0] * unit ** -parameters[1], parameters[1])
    elif family == "power_floor":
        parameters = (parameters[0], parameters[1] * unit ** parameters[2], parameters[2])
    one = law(family, parameters, sd=1e-3, domain=((unit, 100 * unit),))
    assert worse_way(one, one.parameter(name), direction) == worse


@pytest.mark.slow
def test_false_alarms_over_all_laws_and_parts_and_what_is_found():
    bare = MinimumChange(exponent=1e-9, level=1e-9, floor=1e-9)
    design = Design(6, 5, 0.03)
    for nested in (False, True):
        assert (
            share(outcomes(design, 100, {}, nested, 1, bare), None, None, Moved.REGRESSED) <= 0.11
        )  # .05 + 2.8 sd
    found = outcomes(design, 60, {0: {"bend": 0.05}}, False, 2)
    assert share(found, "lab0", "exponent", Moved.REGRESSED) >= 0.9
    assert share(found, "lab0", "level", Moved.REGRESSED) <= 0.05
