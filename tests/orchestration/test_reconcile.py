"""Each transition of the sensors' state machine, from values alone."""

import pytest

from scaling_assets.orchestration.sensors.reconcile import MAX_ATTEMPTS, RunSeen, State, decide


def run(
    fingerprint: str = "f", *, finished: bool = True, succeeded: bool = False, run_id: str = "r1"
) -> RunSeen:
    return RunSeen(run_id, fingerprint, finished, succeeded)


def test_nothing_waits_is_idle_with_the_reason_it_was_given() -> None:
    decision = decide(None, [], what="nothing new in the landing folder")
    assert (decision.state, decision.run_key, decision.reason) == (
        State.IDLE,
        None,
        "nothing new in the landing folder",
    )


def test_something_waits_and_no_run_was_ever_made_is_a_request() -> None:
    decision = decide("f", [], what="2 file(s) wait")
    assert (decision.state, decision.run_key) == (State.REQUEST, "f#1")


def test_after_a_crash_between_decision_and_run_the_same_run_is_asked_for_again() -> None:
    assert decide("f", [], what="x").run_key == decide("f", [], what="x").run_key == "f#1"


def test_a_run_of_this_batch_under_way_is_waited_for() -> None:
    decision = decide("f", [run(finished=False)], what="x")
    assert (decision.state, decision.run_key) == (State.IN_FLIGHT, None)
    assert "r1" in decision.reason


def test_a_run_of_another_batch_under_way_is_waited_for_too() -> None:
    assert decide("f", [run("other", finished=False)], what="x").state is State.IN_FLIGHT


def test_a_failed_run_is_retried_under_a_new_key() -> None:
    decision = decide("f", [run()], what="x")
    assert (decision.state, decision.run_key) == (State.RETRY, "f#2")
    assert "failed" in decision.reason


def test_a_run_that_succeeded_but_left_the_batch_waiting_is_tried_again() -> None:
    decision = decide("f", [run(succeeded=True)], what="x")
    assert decision.state is State.RETRY
    assert "ended without settling it" in decision.reason


def test_finished_runs_of_other_batches_do_not_count() -> None:
    others = [run("g", run_id=f"g{i}") for i in range(MAX_ATTEMPTS)]
    assert decide("f", others, what="x").run_key == "f#1"


@pytest.mark.parametrize("extra", [0, 1])
def test_after_the_last_attempt_it_gives_up_and_says_what_to_do(extra: int) -> None:
    runs = [run(run_id=f"r{i}") for i in range(MAX_ATTEMPTS + extra)]
    decision = decide("f", runs, what="x")
    assert (decision.state, decision.run_key) == (State.GAVE_UP, None)
    assert "mend the cause" in decision.reason


def test_a_changed_batch_starts_over_after_giving_up() -> None:
    runs = [run(run_id=f"r{i}") for i in range(MAX_ATTEMPTS)]
    assert decide("f2", runs, what="x").run_key == "f2#1"
