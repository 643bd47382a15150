"""What else differs between arms: as declared, as the runs came; and what was expected of the effect."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from scipy import stats

from scaling_assets.records.manifest import Manifest
from scaling_assets.records.verdict import Outcome
from scaling_assets.science.gates.confounding import _p_value, uneven
from scaling_assets.science.gates.judge import settings_of
from tests.science.gates.arms import BETTER, experiment, judged, rows, trials

NOISE = np.array([-1.2, -0.7, -0.3, 0.1, 0.2, 0.5, 0.6, 0.8, -0.9, 0.9])
A, B = rows("A", 10 + NOISE), rows("B", 12 + NOISE[::-1] * 0.8)
MANIFEST = {
    "varies": ["bundles"],
    "conditions": {
        "A": {"data": "v1", "bundles": {"all": 15966, "tier1": 12846}, "layers": [4, 4], "curriculum": {"tier2": 1}},
        "B": {"data": "v1", "bundles": {"all": 15711, "tier1": 12846}, "layers": [4, 8], "curriculum": {"tier2": 2},
              "warm_up": 100},
    },
}  # fmt: skip


def test_differences_beyond_the_treatment_are_confounders():
    manifest = Manifest.model_validate(MANIFEST)
    found = manifest.differences("B", "A")
    assert [(d.name, d.treatment, d.control, d.is_declared) for d in found] == [
        ("bundles.all", 15711, 15966, True),
        ("layers", "4, 8", "4, 4", False),
        ("curriculum.tier2", 2, 1, False),
        ("warm_up", 100, None, False),
    ]
    assert [d.name for d in manifest.confounders("B", "A")] == ["layers", "curriculum.tier2", "warm_up"]
    assert manifest.differences("A", "A") == []


@pytest.mark.parametrize(
    "changes",
    [{"varies": ["bundle"]}, {"conditions": {}}, {"varied": []}],
)
def test_a_manifest_that_names_nothing_is_no_manifest(changes):
    with pytest.raises(ValidationError):
        Manifest.model_validate(MANIFEST | changes)
    with pytest.raises(ValidationError, match="not in 'conditions'"):
        experiment(BETTER, manifest={"conditions": {"C": {"data": "v1"}}})


@pytest.mark.parametrize(
    "gate",
    [
        BETTER,
        {"kind": "non_inferiority", "metric": "score", "treatment": "B", "margin": 1.0},
        {"kind": "equivalence", "metric": "score", "treatment": "B", "margin": 9.0},
        {"kind": "improvement", "metric": "score", "treatment": "B"},
        {"kind": "distribution", "metric": "score", "treatment": "B", "at_most": 0.3},
    ],
)
def test_comparisons_say_what_else_differs_and_keep_their_outcome(gate):
    (with_it,) = judged(gate, A, B, manifest=MANIFEST)
    (without,) = judged(gate, A, B)
    assert with_it.outcome is without.outcome and with_it.low == without.low
    assert with_it.reason == without.reason + (
        "; the conditions differ also in layers (4, 8 against 4, 4), curriculum.tier2 (2 against 1), "
        "warm_up (100 against not stated)"
    )
    assert with_it.evidence["confounders"] == 3 and "confounders" not in without.evidence
    alike = {"varies": list(MANIFEST["conditions"]["B"]), "conditions": MANIFEST["conditions"]}
    assert judged(gate, A, B, manifest=alike)[0].reason == without.reason


def test_an_interaction_says_it_of_each_pair_of_conditions_and_a_size_has_none():
    tiers = [p.assign(tier=t, unit=p["unit"] + t) for p in (A, B) for t in ("easy", "hard")]
    factors = {"condition": ["A", "B"], "tier": ["easy", "hard"]}
    gate = {"kind": "interaction", "metric": "score", "factors": factors}
    assert "differ also in layers" in judged(gate, *tiers, manifest=MANIFEST)[0].reason
    assert "differ also" not in judged(gate | {"of": ["tier"]}, *tiers, manifest=MANIFEST)[0].reason


def tiers(*shares: int) -> list[pd.DataFrame]:
    """Arms of 40 units, so many of each on hard items."""
    noise = np.tile(NOISE, 4)
    return [
        rows(c, m + noise).assign(tier=np.where(np.arange(40) < hard, "hard", "easy"))
        for c, m, hard in zip("AB", (10, 12), shares, strict=True)
    ]


@pytest.mark.parametrize(
    ("hard", "words"),
    [
        ((20, 20), ""),
        ((20, 24), ""),
        ((10, 30), "tier (p = 0.0005)"),
        ((0, 40), "tier (no level in common)"),
    ],
)
def test_arms_whose_runs_are_of_another_kind_say_so(hard, words):
    (v,) = judged(BETTER, *tiers(*hard))
    assert v.outcome is Outcome.PASS
    assert v.reason.endswith(f"; the arms differ also in their runs' {words}") == bool(words)
    assert v.evidence.get("uneven_columns") == (1 if words else None)
    for gate in (BETTER | {"strata": ["tier"]}, BETTER | {"each": ["tier"]}):
        assert all("differ also" not in found.reason for found in judged(gate, *tiers(*hard)))


def test_shares_are_told_by_level():
    declared = experiment(BETTER)
    gate, (a, b) = declared.gates[0], tiers(10, 30)
    frame = trials(declared.metric("score"), pd.concat([a, b]))
    (found,) = uneven(declared, gate, settings_of(declared, gate)[1], frame)
    assert (found.column, found.treatment, found.control, found.is_uneven) == ("tier", "B", "A", True)
    assert found.shares == {"easy": (0.25, 0.75), "hard": (0.75, 0.25)} and found.distance == pytest.approx(
        0.5
    )


def test_units_that_saw_every_level_are_even_and_many_sizes_are_taken_by_fifths():
    both = [p.assign(tier=t) for p in tiers(40, 40) for t in ("easy", "hard")]
    assert "differ also" not in judged(BETTER, *both)[0].reason
    sized = [
        p.assign(size=np.arange(40) + shift) for p, shift in zip(tiers(20, 20), (0.0, 30.0), strict=True)
    ]
    (v,) = judged(BETTER, *sized)
    assert "the arms differ also in their runs' size (p = 0.001)" in v.reason  # Holm over tier and size


def test_the_statistic_is_pearsons_and_its_limit_stands_in_for_very_many_units():
    rng = np.random.default_rng(9)
    for n, error in ((400, 0.03), (6_000, 1e-12)):
        ours, level = np.arange(n) < n // 3, rng.integers(0, 3, n)
        weights = (level[:, None] == np.arange(3)).astype(float)
        table = np.array([weights[ours].sum(0), weights[~ours].sum(0)])
        assert _p_value(weights, ours) == pytest.approx(
            stats.chi2_contingency(table, correction=False).pvalue, abs=error
        )


def test_even_arms_are_called_uneven_no_more_often_than_stated():
    rng, declared, called, several = np.random.default_rng(2), experiment(BETTER), 0, 60
    gate = declared.gates[0]
    settings = settings_of(declared, gate)[1]
    for _ in range(several):
        parts = [rows(c, rng.normal(size=12)).assign(tier=rng.choice(["x", "y", "z"], 12)) for c in "AB"]
        found = uneven(declared, gate, settings, trials(declared.metric("score"), pd.concat(parts)))
        called += any(one.is_uneven for one in found)
    assert called / several <= 0.01 + 3 * np.sqrt(0.01 * 0.99 / several)


@pytest.mark.parametrize(
    ("expected", "met", "words"),
    [
        ([1.0, 3.0], 1.0, "expected before the runs 1 to 3: the effect lies inside (90 %)"),
        ([3.0, 4.0], 0.0, "the effect lies below it (90 %)"),
        ([0.1, 0.2], 0.0, "the effect lies above it (90 %)"),
        ([2.0, 4.0], None, "does not settle whether the effect lies inside (90 %)"),
    ],
)
def test_what_was_expected_is_held_against_the_interval(expected, met, words):
    (v,) = judged(BETTER | {"expected_range": expected}, A, B)
    assert v.outcome is Outcome.PASS and words in v.reason
    assert (v.evidence["expected_low"], v.evidence["expected_high"]) == tuple(expected)
    assert v.evidence["expectation_met"] == met


def test_an_expectation_without_an_interval_is_open():
    (v,) = judged(BETTER | {"expected_range": [1, 2]}, A)
    assert v.outcome is Outcome.INSUFFICIENT_DATA and v.evidence["expectation_met"] is None
    with pytest.raises(Exception, match="low must lie below high"):
        judged(BETTER | {"expected_range": [2, 1]}, A)
