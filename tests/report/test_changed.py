"""Changes over time in words."""

from dataclasses import replace

from scaling_assets.records.change import ChangeDecision, ChangeStatus, PartChange, Watched
from scaling_assets.report import changed, next_steps
from scaling_assets.report.verdict_page import verdict_page
from tests.science.changes.planted_time import watching
from tests.store.test_changes import CHANGE, NOW, SERIES

EXPONENT = PartChange("exponent", "", 0.35, 0.05, 0.045, 0.055, 1e-9)


def test_an_amount_is_a_share_on_the_log_scale_and_a_number_with_its_start_elsewhere():
    assert changed.amount(CHANGE) == "level +8.3% [+6.2%, +10.5%] (95%); +8.0% at the largest scale"
    both = replace(CHANGE, kind="level and exponent", parts=(EXPONENT, CHANGE.parts[0]), ratio=None)
    assert changed.amount(both).startswith("exponent 0.05 [0.045, 0.055] from 0.35 (95%); level +8.3%")
    several = replace(CHANGE, kind="several parts", parts=(EXPONENT, CHANGE.parts[0]))
    assert "exponent" in changed.amount(several) and "level" in changed.amount(several)


def test_status_and_summary_count_what_is_open_decided_and_gone():
    gone = replace(CHANGE, change_id="gone", is_shown=False)
    done = replace(CHANGE, change_id="done")
    decision = ChangeDecision("locality", "done", ChangeStatus.REBASELINED, "ana", "why", NOW)
    watched = Watched((SERIES,), (CHANGE, gone, done), (decision,))
    assert changed.summary(watched) == "1 open, 1 no longer shown, 1 rebaselined in 1 series"
    assert changed.summary(Watched()) == "" and len(changed.sentences(watched)) == 1
    assert changed.row(done, watched)[-1] == "ana, 2026-03-01 12:30 UTC: why"
    assert (changed.worst(watched.open), changed.worst(())) == ("warning", "")


def test_the_page_says_what_to_do_about_open_changes_and_that_their_law_is_a_mixture():
    engine = watching(action="Bisect.")
    question = engine.laws[0].label
    key = replace(CHANGE.key, experiment="engine", question=question)
    worse = replace(CHANGE, key=key, effect="worse", severity="blocker")
    better = replace(worse, change_id="better", effect="better")
    gone = replace(worse, change_id="gone", is_shown=False)
    watched = Watched((replace(SERIES, key=key),), (better, worse, gone), ())
    assert [row[:2] for row in next_steps.change_steps(engine, watched)] == [
        (
            f"P{rank}",
            f"Bisect. Decide: scaling-assets acknowledge {one} --by NAME --reason TEXT (--rebaseline: the new normal)",
        )
        for rank, one in ((1, worse.change_id), (3, "better"))
    ]
    page = verdict_page(engine, laws=[], verdicts=[], watched=watched)
    assert "## What to do next" in page and "Nothing: every gate" not in page
    assert "before and after 2 changes" in page and "is a mixture" in page
    split = engine.model_copy(update={"laws": (engine.laws[0].model_copy(update={"segment": ("commit",)}),)})
    assert changed.mixtures(split, watched) == []
