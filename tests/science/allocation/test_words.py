"""What the person who pays is told: amounts outside of the data, amounts that somebody fixed, all digits of money."""

from scaling_assets.report import recommendation, wording
from scaling_assets.science.allocation import Pin, allocate
from tests.science.allocation.planned import chinchilla, compute, dimension, plan, usl
from tests.science.planted import law


def test_an_amount_outside_of_the_data_is_called_that():
    found = law(experiment="a", parameters=(1.0, 0.5), domain=((1.0, 16.0),))
    outside = allocate(plan(dimension("a", 1, 24), budget=20), [found])
    assert "a = 20 lies outside of what was measured (1 to 16), 1.25 times beyond" in " ".join(
        outside.explanation
    )
    inside = allocate(plan(dimension("a", 1, 24), budget=16), [found])
    assert "outside" not in " ".join(inside.explanation)


def test_what_a_person_fixed_is_not_explained_by_gains():
    asked = plan(dimension("a", 1, 8), dimension("b", 1, 8), budget=20)
    laws = [law(experiment=n, sd=0.01, domain=((1.0, 8.0),)) for n in ("a", "b")]
    pins = [Pin(n, amount, "override", "as agreed") for n, amount in (("a", 1.0), ("b", 4.0))]
    both = allocate(asked, laws, overrides=pins)
    assert both.binding == "override" and all("not left to the laws" in said for said in both.explanation)
    assert "more money" not in both.reason
    assert dict(recommendation.paragraphs(both))["How sure"].startswith("Every amount is fixed")
    one = allocate(plan(dimension("a", 1, 8), dimension("b", 1, 8), budget=3), laws, overrides=pins[:1])
    assert one.binding == "budget"


def test_amounts_to_pay_are_never_rounded_to_four_digits():
    cases = {1999.96: "1,999.96", 12_345_678.0: "12,345,678", 59.5: "59.5", 1e13: "1e13", 2e-7: "2e-7",
             2 / 3: "0.666667", 59.99999999999999: "60"}  # fmt: skip
    assert {value: wording.exactly(value) for value in cases} == cases
    found = law(experiment="a", domain=((1.0, 1e5),))
    answer = allocate(plan(dimension("a", 0.5599, 5000), budget=1999.5), [found])
    assert f"{answer.cost:,.10g} of 1,999.5 usd" in recommendation.headline(answer)


def test_a_target_out_of_reach_names_the_limit_that_keeps_it_away():
    load = dimension("load", 1, 100)
    held = {"name": "fast", "law": load["law"], "reads": "latency", "limit": 0.012, "unit": "s"}
    for step in (1, 0):
        asked = plan(load | {"step": step}, target=900, combine="sum", subject_to=[held])
        reason = allocate(asked, [usl("load", 90.0, 0.02, 1e-4)]).reason
        assert (
            "no amounts reach the target 900, keeping fast (latency of y <= 0.012 s); the best" in reason
        ), step


def test_what_is_paid_for_together_has_no_cost_of_its_own():
    answer = allocate(compute(1e22, served=1e12), [chinchilla()])
    assert [a.cost for a in answer.amounts] == [None, None] and answer.cost <= 1e22
    said = " ".join(answer.explanation)
    assert "n x d together (training) cost" in said and "n together (serving) cost" in said
    assert "| with others |" in recommendation.page(answer, "")
