"""S3: conditions by seeds; blockers per seed, per condition and overall, on item counts."""

import pandas as pd
import pytest

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.verdict import Outcome, Verdict
from scaling_assets.science.gates import judge
from scaling_assets.science.trials import derive
from tests.science.trials.sums import unit_sums

SEEDS = (42, 123, 456)
HITS = {"a": (340, 350, 345), "b": (320, 318, 322), "c": (390, 380, 385)}


def abc(*gates: dict[str, object]) -> Experiment:
    return Experiment.model_validate({
        "name": "abc", "title": "A/B/C", "mode": "measured", "conditions": ["a", "b", "c"], "seeds": SEEDS,
        "unit": ["condition", "seed"], "dimensions": [{"name": "bundles"}],
        "columns": [{"name": "hits"}, {"name": "items"}],
        "metrics": [{"name": "top1", "kind": "rate", "numerator": "hits", "denominator": "items"}],
        "gates": [{"name": f"top1_{i}", "kind": "threshold", "metric": "top1", "operator": ">=", "threshold": 0.3} | g
                  for i, g in enumerate(gates)],
    })  # fmt: skip


def judged(gate: dict[str, object], hits=HITS, items: int = 1000) -> list[Verdict]:
    declared = abc(gate)
    raw = pd.DataFrame(
        [{"unit": f"{c}/{s}", "condition": c, "seed": s, "bundles": 1.0, "hits": h, "items": items}
         for c, all_hits in hits.items() for s, h in zip(SEEDS, all_hits, strict=True)]
    )  # fmt: skip
    return judge(declared, derive(declared, unit_sums(declared, raw)), [], data_version="v")


def test_per_seed_is_judged_by_its_items_and_says_so():
    found = judged({"each": ["condition", "seed"]})
    assert [tuple(v.group.values()) for v in found] == [(c, s) for c in "abc" for s in SEEDS]
    assert {v.method for v in found} == {"exact binomial (Clopper-Pearson), conditional on this one unit"}
    assert [v.outcome for v in found] == [Outcome.PASS] * 3 + [Outcome.INCONCLUSIVE] * 3 + [Outcome.PASS] * 3
    assert {v.runs_needed for v in found} == {None}  # another seed would be another group
    assert all("further evaluation set(s) like these would settle it" in v.remedy for v in found[3:6])


def test_per_condition_pools_the_items_of_its_seeds():
    found = {v.group["condition"]: v for v in judged({"each": ["condition"]})}
    assert {k: v.outcome for k, v in found.items()} == dict.fromkeys("abc", Outcome.PASS)
    assert found["b"].measured == pytest.approx(0.32) and found["b"].evidence["denominator"] == 3000
    assert found["b"].method.endswith("conditional on these 3 units")
    assert found["b"].reason.endswith("; conditional on these 3 units, it says nothing of others")


def test_seeds_that_disagree_are_not_pooled():
    found = judged({"each": ["condition"]}, HITS | {"b": (280, 320, 420)})
    assert [v.outcome for v in found] == [Outcome.PASS, Outcome.INSUFFICIENT_DATA, Outcome.PASS]
    assert "the 3 units differ by more than chance" in found[1].reason


def test_overall_counts_the_spread_between_units():
    (verdict,) = judged({})
    assert verdict.outcome is Outcome.PASS and verdict.n_units == 9 and "Korn-Graubard" in verdict.method
    assert "over 3 cells" in verdict.reason


def test_a_condition_that_never_ran_is_not_passed_over():
    found = judged({"each": ["condition"]}, {k: HITS[k] for k in "ab"})
    assert [(v.group["condition"], v.outcome) for v in found][-1] == ("c", Outcome.INSUFFICIENT_DATA)


def test_exactly_thirty_percent_is_inconclusive():
    found = judged({"each": ["condition"]}, dict.fromkeys("abc", (300, 300, 300)))
    assert {v.outcome for v in found} == {Outcome.INCONCLUSIVE} and {v.runs_needed for v in found} == {None}


def test_where_selects_conditions_and_seeds():
    found = judged({"where": {"condition": ["a", "c"], "seed": 123}, "each": ["condition"]})
    assert [dict(v.group) for v in found] == [{"condition": "a"}, {"condition": "c"}]
    assert [v.n_units for v in found] == [1, 1]
