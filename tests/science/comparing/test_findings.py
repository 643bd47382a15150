"""What a question declares under ``compare`` is answered, in words, for groups, contexts and time."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from scaling_assets.records.comparison import Compare
from scaling_assets.records.experiment import Experiment, LawQuestion
from scaling_assets.science.comparing import findings
from scaling_assets.science.fitting import fit
from scaling_assets.science.fitting.problem import Problem
from tests.science.comparing.made import contexts

SAME = {"a": 1.0, "b": 0.4}
OTHER = {"a": 1.0, "b": 0.7}


def asked(truths, column="task", direction="lower", order=(), seed=1, runs=3, family="power", **compare):
    """An experiment with one question, its problems (one a truth) and their laws."""
    question = LawQuestion(
        metric="y",
        by=("x",),
        families=(family,),
        declared=family,
        segment=(column,),
        bootstrap=100,
        compare=compare,
    )
    values = tuple("abcdefghij"[: len(truths)])
    experiment = Experiment(
        name="lab", title="Lab", mode="simulated", dimensions=[{"name": "x"}],
        context=[{"name": column, "order": order} if order else {"name": column, "values": values}],
        metrics=[{"name": "y", "direction": direction}], laws=[question],
    )  # fmt: skip
    problems = [
        Problem("lab", question, p.x, p.y, p.unit, group={column: (order or values)[i]})
        for i, p in enumerate(contexts(truths, family, seed=seed, runs=runs))
    ]
    return experiment, problems, fit(problems)


def by_subject(found, subject, name=""):
    return [one for one in found if one.subject == subject and (not name or one.name == name)]


def test_contexts_that_differ_are_named_and_pooled():
    found = findings(*asked([SAME, SAME, SAME, OTHER], contexts=["task"]))
    assert [f.answer for f in by_subject(found, "interaction", "b")] == ["differs between contexts"]
    assert [f.answer for f in by_subject(found, "curve")] == ["differs between contexts"]
    shrunken = by_subject(found, "context", "b")
    assert [f.group for f in shrunken] == [{"task": t} for t in "abcd"]
    assert shrunken[3].low < 0.7 < shrunken[3].high
    (tau,) = by_subject(found, "between_contexts", "b")
    assert tau.low < 0.15 < tau.high
    errors = {f.group["task"]: f.value for f in by_subject(found, "left_out")}
    assert max(errors, key=errors.get) == "d"
    assert all(f.is_simulated and f.experiment == "lab" and f.question == "y_by_x" for f in found)


def test_contexts_that_agree_are_not_said_to_differ():
    found = findings(*asked([SAME] * 3, contexts=["task"]))
    assert {f.answer for s in ("interaction", "curve") for f in by_subject(found, s)} == {
        "no difference shown"
    }


def test_contexts_without_a_law_are_named():
    experiment, problems, _ = asked([SAME] * 3, contexts=["task"])
    few = [
        problems[0],
        *(Problem("lab", p.question, p.x[:2], p.y[:2], p.unit[:2], group=p.group) for p in problems[1:]),
    ]
    (found,) = by_subject(findings(experiment, few, fit(few)), "interaction")
    assert found.answer == "not tested"
    assert found.reason.startswith("fewer than two contexts have a usable law; b: ")


def test_windows_come_in_their_declared_order():
    weeks = ("week_9", "week_10", "week_11", "week_12")
    found = findings(*asked([SAME, SAME, SAME, OTHER], column="week", order=weeks, windows="week"))
    assert [f.group["week"] for f in by_subject(found, "window", "b")] == list(weeks)
    (whole,) = by_subject(found, "stability", "b")
    assert whole.answer == "changes over time"
    assert [f.answer for f in by_subject(found, "window", "b")][3] == "differs"


def test_exponent_classes_and_knees_follow_the_declaration():
    knee = {"share": 0.1, "times": 2.0}
    found = findings(*asked([SAME], knee=knee, classes={"falls": 0.0, "grows": None}))
    (classed,) = by_subject(found, "exponent_class")
    assert (classed.answer, classed.name) == ("grows", "b")
    assert classed.low < 0.4 < classed.high
    assert (
        by_subject(found, "knee")[0].reason == "nothing is gained beyond the smallest tested x"
    )  # lower is better
    rising = findings(*asked([SAME], direction="higher", knee=knee))
    (up,) = by_subject(rising, "knee")
    assert (up.answer, up.value) == ("none inside the tested range", None)
    assert by_subject(rising, "exponent_class")[0].answer == "sub-linear"
    (none,) = by_subject(findings(*asked([SAME], direction="none", knee=knee)), "knee")
    assert none.reason == "y declares no direction: which way is gain is not known"


def test_data_that_turn_are_refused_by_name_unless_the_law_can_turn():
    peaked = {"gamma": 90.0, "sigma": 0.03, "kappa": 5e-3}
    experiment, problems, laws = asked([peaked], family="usl", direction="higher")
    (turned,) = by_subject(findings(experiment, problems, laws), "turn")
    assert turned.answer == "non-monotone"
    assert "does not turn" not in turned.reason
    question = problems[0].question.model_copy(update={"families": ("power",), "declared": "power"})
    straight = [Problem("lab", question, p.x, p.y, p.unit, group=p.group) for p in problems]
    (refused,) = by_subject(findings(experiment, straight, fit(straight)), "turn")
    assert refused.reason.endswith("the leading power law does not turn there: list a family that can")


def test_what_moved_since_the_former_law_is_told():
    experiment, problems, laws = asked([SAME])
    _, _, former = asked([OTHER], seed=2, runs=2)
    found = by_subject(findings(experiment, problems, laws, former), "drift")
    assert {f.name for f in found} == {"level", "b"}
    assert {f.name: f.answer for f in found}["b"] == "changed"
    assert by_subject(findings(experiment, problems, laws, laws), "drift") == []


def test_questions_that_ask_for_nothing_get_nothing():
    experiment, problems, laws = asked([SAME])
    silent = experiment.model_copy(
        update={"laws": (experiment.laws[0].model_copy(update={"compare": None}),)}
    )
    assert findings(silent, problems, laws) == []


@pytest.mark.parametrize(
    ("compare", "message"),
    [
        ({"contexts": ["site"]}, "'compare' names 'site', which 'segment' does not list"),
        ({"windows": "site"}, "'compare' names 'site', which 'segment' does not list"),
        ({"contexts": ["task"], "windows": "task"}, "in 'contexts' and in 'windows'"),
        ({"knee": {"share": 0.1}}, "exactly one of them"),
        ({"knee": {"share": 0.1, "add": 1, "times": 2}}, "exactly one of them"),
        ({"classes": {"low": 1.0, "high": 0.0, "rest": None}}, "'classes' are listed"),
        ({"classes": {"low": 1.0}}, "'classes' are listed"),
    ],
)
def test_a_mistaken_declaration_is_refused(compare, message):
    with pytest.raises(ValidationError, match=message):
        LawQuestion(metric="y", by=("x",), families=("power",), segment=("task",), compare=compare)
    assert Compare().alpha == 0.05


@pytest.mark.parametrize("factor", [1e-300, 1e-20, 1e280])
@pytest.mark.parametrize("spoil", ["nothing", "constant", "exact", "zero", "outlier", "empty"])
def test_degenerate_contexts_give_findings_with_numbers_or_reasons(spoil, factor):
    experiment, problems, _ = asked(
        [SAME] * 3, contexts=["task"], direction="lower", knee={"share": 0.1, "add": 1}
    )
    last = problems[2]
    y = {
        "nothing": last.y, "constant": np.full_like(last.y, 2.0), "exact": last.x[:, 0] ** 0.4,
        "zero": np.where(np.arange(len(last.y)) == 3, 0.0, last.y),
        "outlier": np.where(np.arange(len(last.y)) == 3, 1e6, last.y), "empty": last.y[:0],
    }[spoil]  # fmt: skip
    spoiled = [
        replace(p, y=factor * v, x=p.x[: len(v)], unit=p.unit[: len(v)])
        for p, v in zip(problems, (problems[0].y, problems[1].y, y), strict=True)
    ]
    found = findings(experiment, spoiled, fit(spoiled))
    assert {f.subject for f in found} >= {"turn", "interaction"}
    for one in found:
        assert one.answer
        numbers = [v for v in (one.value, one.low, one.high, one.p_value) if v is not None]
        assert np.isfinite(numbers).all()
        if "not tested" in one.answer:
            assert one.reason
