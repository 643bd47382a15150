"""The scene and its three renderers."""

import base64
import dataclasses
import io
import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from matplotlib.image import imread

from scaling_assets.report import scene
from scaling_assets.report.figures import png, png_markdown
from scaling_assets.report.interactive import interactive, script_json
from scaling_assets.report.sparkline import sparkline
from scaling_assets.report.ticks import log_ticks

KINDS = ("locality", "by_project", "too_thin", "two_axes")


@pytest.fixture(params=KINDS)
def case(request):
    return request.getfixturevalue(request.param)


def test_png_is_a_picture_with_something_on_it_and_the_same_bytes_twice(case):
    first = png(case.laws[0], case.experiment, case.trials)
    pixels = imread(io.BytesIO(first))
    assert pixels.shape == (650, 1040, 4)
    assert pixels[..., :3].std() > 0.02
    assert png(case.laws[0], case.experiment, case.trials) == first


def test_png_markdown_holds_the_very_bytes(locality):
    content = png(locality.leading, locality.experiment, locality.trials)
    text = png_markdown(content)
    assert base64.b64decode(text.removeprefix("![fit](data:image/png;base64,").removesuffix(")")) == content


def test_sparkline_is_short_enough_for_the_ui_and_is_valid_svg(case):
    text = sparkline(case.laws[0], case.experiment, case.trials)
    assert len(text) < 1000
    svg = base64.b64decode(text.removeprefix("![fit](data:image/svg+xml;base64,").removesuffix(")"))
    paths = [e.get("d") for e in ET.fromstring(svg)]
    dots = next(p for p in paths if "h0" in p)
    assert 1 <= dots.count("h0") <= 24
    assert len(paths) == (3 if case.laws[0].is_usable else 1)  # band, dots, curve; or dots alone


def test_sparkline_stays_short_with_thousands_of_widely_spread_units(locality):
    many = locality.trials.sample(5000, replace=True, random_state=1)
    spread = many.assign(value=many["value"] * np.random.default_rng(0).lognormal(0, 3, len(many)))
    assert len(sparkline(locality.leading, locality.experiment, spread)) < 1000


def test_scene_of_one_axis_shows_data_curve_bands_and_range(locality):
    shown = scene.compose(locality.leading, locality.experiment, locality.trials)
    assert len(shown.points) == 56 and shown.n_units == 56
    assert sorted(set(shown.cells[:, 0])) == [1, 2, 5, 10, 20, 50, 100]
    assert shown.is_log_x and shown.is_log_y and not shown.is_against_predicted
    assert shown.domain == (1.0, 100.0)
    drawn = shown.curve
    assert drawn.x[0] == pytest.approx(1.0) and drawn.x[-1] == pytest.approx(200.0)
    for lower, upper in ((drawn.run_low, drawn.low), (drawn.low, drawn.value), (drawn.value, drawn.high),
                         (drawn.high, drawn.run_high)):  # fmt: skip
        assert (lower <= upper * (1 + 1e-12)).all()
    assert np.interp(10.0, drawn.x, drawn.value) == pytest.approx(1.05 * 10**0.35, rel=0.05)


def test_a_target_within_the_limit_is_drawn_and_one_beyond_it_is_not(locality):
    far = dataclasses.replace(locality.leading, extrapolation_limit=60.0)
    assert scene.compose(far, locality.experiment, locality.trials).curve.x[-1] == pytest.approx(5000.0)


def test_title_names_law_exponent_interval_status_and_mode(locality):
    shown = scene.compose(locality.leading, locality.experiment, locality.trials)
    exponent = locality.leading.parameter("exponent")
    assert shown.title == "regen_ms by elements"
    for part in ("exponent b = 0.3", f"{exponent.low:.4g}", f"{exponent.high:.4g}", "converged", "simulated"):
        assert part in shown.subtitle


def test_a_group_shows_its_own_trials_only(by_project):
    law = next(law for law in by_project.laws if law.group["project"] == "alpha")
    assert scene.compose(law, by_project.experiment, by_project.trials).n_units == 28


def test_an_unusable_law_shows_its_data_and_the_reason(too_thin):
    shown = scene.compose(too_thin.laws[0], too_thin.experiment, too_thin.trials)
    assert shown.curve is None and len(shown.points) == 10
    assert "underdetermined" in shown.notice and too_thin.laws[0].reason in shown.notice
    assert (
        too_thin.laws[0].reason
        in interactive(too_thin.laws[0], too_thin.experiment, too_thin.trials).to_json()
    )


def test_two_axes_are_shown_as_measured_against_predicted(two_axes):
    shown = scene.compose(two_axes.leading, two_axes.experiment, two_axes.trials)
    assert shown.is_against_predicted and shown.domain is None
    assert np.abs(np.log(shown.points[:, 0] / shown.points[:, 1])).max() < 0.02
    assert (np.diff(shown.curve.x) >= 0).all()
    assert shown.curve.value == pytest.approx(shown.curve.x, rel=1e-9)


def test_no_trial_at_all_still_gives_a_picture(too_thin):
    empty = too_thin.trials.iloc[:0]
    assert png(too_thin.laws[0], too_thin.experiment, empty)[:4] == b"\x89PNG"
    assert len(sparkline(too_thin.laws[0], too_thin.experiment, empty)) < 1000


def test_interactive_has_every_unit_and_deterministic_json(case):
    figure = interactive(case.laws[0], case.experiment, case.trials)
    units = next(t for t in figure.data if t.name.endswith("units"))
    assert len(units.x) == len(scene.select(
        case.experiment, case.trials, scene.filter_of(case.laws[0], case.experiment), case.laws[0].metric))  # fmt: skip
    text = script_json(figure)
    assert text == script_json(interactive(case.laws[0], case.experiment, case.trials))
    assert "<" not in text
    assert json.loads(text)["layout"]["paper_bgcolor"] == "rgba(0,0,0,0)"


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (1, 100, [1, 2, 5, 10, 20, 50, 100]),
        (2.1, 3.2, [2.25, 2.5, 2.75, 3.0]),
        (1, 1e9, [1, 1e2, 1e4, 1e6, 1e8]),
        (0.2, 3, [0.2, 0.5, 1.0, 2.0]),
    ],
)
def test_log_axes_are_labelled_with_round_numbers(low, high, expected):
    assert log_ticks(low, high) == pytest.approx(expected)


@pytest.mark.parametrize("ratio", [1.0001, 1.01, 1.5, 6.2, 6.4, 50, 1e3, 1.01e3, 1e7, 1e12])
def test_log_ticks_lie_inside_and_are_few(ratio):
    for low in (1e-9, 0.37, 1.0, 8.8e11):
        found = log_ticks(low, low * ratio)
        assert 1 <= len(found) <= 10
        assert all(low * (1 - 1e-5) <= tick <= low * ratio * (1 + 1e-5) for tick in found)
