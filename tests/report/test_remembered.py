"""What is remembered is what would be made anew, and a change of what is drawn is noticed."""

from dataclasses import replace

from scaling_assets.report.remembered import KEPT, remembered


def test_the_same_law_is_drawn_once_and_a_changed_one_again(locality):
    drawn = []
    picture = remembered(lambda law, experiment, trials: drawn.append(law.law_id) or len(drawn))
    law, experiment, trials = locality.laws[0], locality.experiment, locality.trials
    assert [picture(law, experiment, trials) for _ in range(3)] == [1, 1, 1]
    assert picture(replace(law, law_id="other"), experiment, trials) == 2
    assert picture(replace(law, leading_reason="another reason"), experiment, trials) == 3
    assert picture(law, experiment.model_copy(update={"title": "Another title"}), trials) == 4
    assert picture(law, experiment, trials) == 1


def test_only_the_newest_are_kept(locality):
    drawn = []
    picture = remembered(lambda law, experiment, trials: drawn.append(law.law_id))
    for number in range(KEPT + 1):
        picture(replace(locality.laws[0], law_id=str(number)), locality.experiment, locality.trials)
    picture(replace(locality.laws[0], law_id="0"), locality.experiment, locality.trials)
    assert len(drawn) == KEPT + 2
