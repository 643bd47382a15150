"""Compute-optimal plans: printed answers, what is refused, what a declaration gets wrong; the page's example."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.planned import ANSWERED, REFUSED, WAITING, PlanAnswer
from scaling_assets.science.planning import PLAN_KINDS, PlanCase, answer
from tests.science.allocation.planned import CHINCHILLA, chinchilla, power

KIND = PLAN_KINDS["compute_optimal"]
PLAN = {
    "name": "frontier", "kind": "compute_optimal", "title": "F", "law": {"experiment": "llm", "metric": "y"},
    "compute": [5.76e23, 1e21],
}  # fmt: skip


def answered(laws: list, **changes: object) -> PlanAnswer:
    return answer(PlanCase(KIND.Question.model_validate(PLAN | changes), laws=laws))


def cell(found: PlanAnswer, item: str, quantity: str):
    [figure] = [f for f in found.figures if (f.item, f.quantity) == (item, quantity)]
    return figure


def test_besiroglus_law_at_chinchillas_compute():
    """About 20 tokens a parameter at 5.76e23 FLOP (Besiroglu et al. 2024, arXiv:2404.10102); budgets ascend."""
    found = answered([chinchilla(CHINCHILLA, sd=0.002)])
    assert found.status == ANSWERED and found.remedy == ""
    each = cell(found, "5.76e+23 FLOP", "tokens_per_parameter")
    assert each.value == pytest.approx(20, rel=0.15) and each.low < each.value < each.high
    n, d = (cell(found, "1e+21 FLOP", q).value for q in ("parameters", "tokens"))
    assert 6 * n * d == pytest.approx(1e21, rel=1e-12)
    assert cell(found, "parameters", "exponent of compute").value == pytest.approx(0.513, abs=0.001)
    assert next(f.item for f in found.part("frontier")) == "1e+21 FLOP"


def test_serving_makes_the_best_model_smaller():
    plain, served = (answered([chinchilla(sd=0.002)], served=tokens) for tokens in (0, 1e13))
    small, large = (cell(one, "1e+21 FLOP", "parameters").value for one in (served, plain))
    n, d = small, cell(served, "1e+21 FLOP", "tokens").value
    assert small < large and 6 * n * d + 2 * n * 1e13 == pytest.approx(1e21, rel=1e-9)


def test_beyond_the_limit_there_is_no_number():
    near = replace(chinchilla(sd=0.002), domain=((1e9, 2e10), (1e10, 1e11)))
    found = answered([near])
    assert found.status == ANSWERED and "5.76e+23" in found.remedy
    far = cell(found, "5.76e+23 FLOP", "parameters")
    assert (far.value, far.low, far.high, far.status) == (None, None, None, "refused")
    assert answered([near], compute=[5.76e23]).status == REFUSED


def test_an_exponent_of_zero_has_no_optimum():
    found = answered([chinchilla((482.01, 2085.43, 1.8, 0.0, 0.366))])
    assert cell(found, "1e+21 FLOP", "parameters").status == "not identified" and found.status == REFUSED


def test_without_a_law_it_waits():
    assert answered([power("llm", 0.3)]).status == WAITING


def test_another_family_has_no_frontier():
    question = KIND.Question.model_validate(
        PLAN | {"law": {"experiment": "llm", "metric": "y", "family": "power"}}
    )
    assert "only chinchilla has" in KIND.problems(question, {})[0]


def test_the_example_of_the_page_is_a_declaration():
    page = (Path(__file__).parents[3] / "docs" / "allocation.md").read_text(encoding="utf-8")
    texts = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    [declared] = [d for d in map(yaml.safe_load, texts) if d.get("kind") == "compute_optimal"]
    question = KIND.Question.model_validate(declared)
    experiment = Experiment.model_validate({
        "name": "training_runs", "title": "T", "mode": "measured",
        "dimensions": [{"name": "parameters"}, {"name": "tokens"}], "metrics": [{"name": "loss", "direction": "lower"}],
        "laws": [{"metric": "loss", "by": ["parameters", "tokens"], "families": ["chinchilla"]}],
    })  # fmt: skip
    assert KIND.problems(question, {"training_runs": experiment}) == []
