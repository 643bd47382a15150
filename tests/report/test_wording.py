"""Numbers, intervals and sentences as people read them."""

import dataclasses

import numpy as np
import pytest

from scaling_assets.records.law import LawStatus
from scaling_assets.report import wording
from scaling_assets.report.forest import forest
from scaling_assets.report.sensitivity import sensitivity
from scaling_assets.report.verdict_page import verdict_page


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "–"), (float("nan"), "–"), (float("inf"), "∞"), (0.0, "0"), (0.34990, "0.3499"), (0.00012, "0.00012"),
        (0.00001234, "1.234e-5"), (12.0, "12"), (103.74, "103.7"), (999.96, "1000"), (5263.4, "5,263"),
        (450552.0, "450,552"), (1e7, "1e7"), (5.88e23, "5.88e23"), (-0.5, "-0.5"), (9999.6, "10,000"),
    ],
)  # fmt: skip
def test_numbers(value, expected):
    assert wording.number(value) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(1, 2, "[1, 2]"), (None, 2, "(at most 2)"), (1, None, "(at least 1)"), (None, None, "")],
)
def test_intervals(low, high, expected):
    assert wording.interval(low, high) == expected


@pytest.mark.parametrize(
    ("name", "unit", "expected"),
    [
        ("regen_ms", "ms", "regen_ms"),
        ("loss", "nats", "loss (nats)"),
        ("share", "1", "share"),
        ("n", "", "n"),
    ],
)
def test_a_unit_is_not_said_twice(name, unit, expected):
    assert wording.labelled(name, unit) == expected


def test_sensitivity_of_a_power_law_is_its_exponent_in_words(locality):
    law = locality.leading
    (sentence,) = sensitivity(law, locality.experiment)
    exponent = law.parameter("exponent")
    expected = [f"{100**v:.3g}" for v in (exponent.value, exponent.low, exponent.high)]
    assert (
        sentence == f"100x more elements (1 to 100) -> {expected[0]}x regen_ms [{expected[1]}, {expected[2]}]"
    )


def test_sensitivity_of_a_constant_law_says_that_nothing_changes(locality):
    constant = next(law for law in locality.laws if law.family == "constant")
    (sentence,) = sensitivity(constant, locality.experiment)
    assert sentence.startswith("regen_ms: no change with elements was found over the measured range: ")


def test_sensitivity_says_when_no_change_is_shown(locality):
    law = locality.leading
    flat = dataclasses.replace(
        law, draws=np.column_stack([law.draws[:, 0], np.linspace(-0.1, 0.1, len(law.draws))])
    )
    assert "no change shown" in sensitivity(flat, locality.experiment)[0]


def test_sensitivity_of_an_unusable_law_gives_the_reason(too_thin):
    (sentence,) = sensitivity(too_thin.laws[0], too_thin.experiment)
    assert sentence.startswith("regen_ms: no usable law (underdetermined): ")


def test_sensitivity_has_a_sentence_an_axis(two_axes):
    sentences = sensitivity(two_axes.leading, two_axes.experiment)
    assert [s.split(" (")[0] for s in sentences] == ["100x more parameters", "100x more tokens"]
    assert all("-> 0." in s for s in sentences)  # both lower the loss


def test_one_law_a_question_and_group_leads(locality, by_project):
    assert wording.leading(locality.laws) == [locality.leading]
    assert len(wording.leading(by_project.laws)) == 2
    unled = [dataclasses.replace(law, is_leading=False) for law in locality.laws]
    assert wording.leading(unled) == [unled[0]]


def test_forest_puts_every_interval_on_one_scale_that_holds_0_and_1(locality):
    exponent = locality.leading.parameter("exponent")
    one_sided = dataclasses.replace(exponent, low=None)
    drawn = forest([exponent, one_sided])
    assert [mark for mark, _ in drawn.marks] == [0.0, 1.0]
    assert drawn.bars[0].left < drawn.bars[0].dot < drawn.bars[0].left + drawn.bars[0].width
    assert drawn.bars[1].left == 0.0
    assert all(bar.left >= 0 and bar.left + bar.width <= 100 for bar in drawn.bars)


def test_without_a_leader_the_declared_law_is_shown_with_its_reason(locality):
    """The question keeps its declared law on the page, not the first one that was tried."""
    tried = [dataclasses.replace(law, is_leading=False, leading_reason="") for law in locality.laws]
    lost = "declared, but not usable: nothing leads in its place"
    tried[-1] = dataclasses.replace(
        tried[-1], leading_reason=lost, status=LawStatus.NOT_IDENTIFIED, reason="every value is 7"
    )
    question = [law for law in tried if law.question == tried[-1].question]
    assert len(question) > 1
    assert wording.leading(question) == [tried[-1]]
    page = verdict_page(locality.experiment, [], question)
    assert f"every value is 7; {lost}" in page
    assert "leads" not in page.replace(lost, "")
