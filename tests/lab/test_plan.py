"""Plans may only name what some experiment answers."""

from pathlib import Path
from typing import Any

import pytest

from scaling_assets.science.allocation import STRATEGIES

FILE = "plans/spend.yaml"

CASES: dict[str, tuple[str, str, str, str, str, str]] = {
    "experiment": (
        "experiment: load", "experiment: laod", ":7", "dimensions.0.law.experiment", "there is no experiment 'laod'",
        "Did you mean 'load'? Known: load."),
    "metric": (
        "metric: throughput", "metric: thruput", ":7", "dimensions.0.law.metric", "load declares no metric 'thruput'",
        "Did you mean 'throughput'? Declared metrics: throughput, failure_rate."),
    "metric without a law": (
        "metric: throughput", "metric: failure_rate", ":7", "dimensions.0.law.metric",
        "load fits no law of failure_rate", "Metrics with a law: throughput."),
    "question": (
        "metric: throughput", "metric: throughput, question: other", ":7", "dimensions.0.law.question",
        "load asks no law question 'other' about throughput", "Questions: throughput_by_users."),
    "family": (
        "metric: throughput", "metric: throughput, family: linear", ":7", "dimensions.0.law.family",
        "throughput_by_users does not fit the family 'linear'", "It fits: power, usl."),
    "no segment": (
        ", segment: {site: north}", "", ":7", "dimensions.0.law", "throughput_by_users is fitted apart by site",
        "Choose: 'segment: {site: ...}'."),
    "segment's value": (
        "site: north", "site: west", ":7", "dimensions.0.law.segment.site", "site is never 'west'",
        "Known: north, south."),
    "unit": (
        "unit: users", "unit: thousand users", ":8", "dimensions.0.unit",
        "the unit is 'thousand users', but load measures users in 'users'", "Write 'unit: users'"),
    "at": (
        "unit: users", "unit: users\n    at: {site_count: 3}", ":9", "dimensions.0.at.site_count",
        "throughput_by_users does not depend on 'site_count'", "It depends on: users."),
    "strategy": (
        "budget: 10", "budget: 10\nstrategy: frontir", ":4", "strategy", "there is no strategy 'frontir'",
        "Did you mean 'frontier'? Known: " + ", ".join(STRATEGIES)),
    "admission": (
        "metric: throughput", "metric: throughput, admission: [enuf]", ":7", "dimensions.0.law.admission.0",
        "load declares no gate 'enuf'", "Gates: enough, later."),
    "price's unit": (
        "cost: 1", "price: 1 usd per seat", ":9", "dimensions.0.price",
        "the price is per 'seat', but amounts and caps are in 'users': bring both into one unit", "Correct"),
    "price's currency": (
        "cost: 1", "price: 1 eur per user", ":9", "dimensions.0.price",
        "the price of 'users' is in 'eur', the plan's currency is 'usd'", "Correct"),
    "cap's unit": (
        "maximum: 8", "maximum: 8k seats", ":10", "dimensions.0.maximum",
        "'8k seats' is in 'seats', but the dimension's unit is 'users'", "Correct"),
    "limit": (
        "currency: usd", "currency: usd\nsubject_to:\n  - {name: fast, law: {experiment: lode, metric: y}, limit: 1}",
        ":6", "subject_to.0.law.experiment", "there is no experiment 'lode'", "Did you mean 'load'?"),
    "direct": (
        "currency: usd",
        "currency: usd\ndirect:\n  - {dimension: users, experiment: load, gate: enough, value: 4}",
        ":6", "direct.0.gate", "enough is a gate of kind threshold, which compares no two values", "comparison"),
    "direction against the metric": (
        "currency: usd", "currency: usd\ndirection: lower", ":8", "dimensions.0.law.metric",
        "of throughput higher is better, but the plan's direction is 'lower'", "Write 'direction: higher'"),
    "empty range": (
        "maximum: 8", "maximum: 0.5", ":6", "dimensions.0", "'maximum' 0.5 is below 'minimum' 1", "Correct"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "at", "field", "problem", "remedy"), CASES.values(), ids=CASES)
def test_one_thing_spoiled(
    spoil: Any, old: str, new: str, at: str, field: str, problem: str, remedy: str
) -> None:
    ((found_at, found_field, found_problem, found_remedy),) = spoil(FILE, old, new)
    assert (found_at, found_field, found_problem) == (at, field, problem)
    assert remedy in found_remedy


def test_units_of_limits_and_sums_are_the_metrics_own(root: Path, spoil: Any) -> None:
    path = root / "experiments/load.yaml"
    text = path.read_text().replace("- name: throughput\n", "- name: throughput\n    unit: requests/h\n", 1)
    second = "  - {name: errors, metric: failure_rate, by: [users], segment: [site], families: [power]}\n"
    path.write_text(text.replace("laws:\n", "laws:\n" + second))
    limit = (
        "subject_to:\n  - {name: fast, law: {experiment: load, metric: throughput, segment: {site: north}}, "
    )
    ((_, field, problem, remedy),) = spoil(
        FILE, "currency: usd", f"currency: usd\n{limit}reads: latency, limit: 1, unit: s}}"
    )
    assert (field, problem) == (
        "subject_to.0.unit", "the limit is in 's', but the latency of throughput is in 'h'",
    )  # fmt: skip
    assert remedy == "Write the limit in h."
    other = "  - {name: more, law: {experiment: load, metric: failure_rate, segment: {site: north}}, unit: users, "
    (root / FILE).write_text(
        (root / FILE).read_text().replace("unit: s}", "unit: h}") + other + "cost: 1, maximum: 8}\n"
    )
    ((_, field, problem, _),) = spoil(FILE, "currency: usd", "currency: usd\ncombine: sum")
    assert field == "dimensions.1.law.metric"
    assert problem == "throughput in 'requests/h' and failure_rate in '1' cannot be added"


def test_several_questions_need_a_name(root: Path, spoil: Any) -> None:
    path = root / "experiments/load.yaml"
    second = "laws:\n  - {name: pooled, metric: throughput, by: [users], families: [power]}\n"
    text = path.read_text().replace("laws:\n", second)
    path.write_text(text.replace("    kind: prediction\n    metric: throughput\n",
                                 "    kind: prediction\n    question: throughput_by_users\n"))  # fmt: skip
    ((_, field, problem, remedy),) = spoil(FILE, "currency: usd", "currency: eur")
    assert (field, problem) == ("dimensions.0.law", "load asks several law questions about throughput")
    assert remedy == "Name one by 'question': pooled, throughput_by_users."


def test_a_plan_is_not_blamed_for_a_broken_experiment(root: Path, problems: Any) -> None:
    path = root / "experiments/load.yaml"
    path.write_text(path.read_text().replace("mode: simulated", "mode: other"))
    assert {p.facts["file"] for p in problems()} == {"experiments/load.yaml"}
