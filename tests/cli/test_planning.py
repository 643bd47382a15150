"""Commands of the planning room."""

from scaling_assets.cli.main import COMMANDS
from scaling_assets.cli.planning import PLANNING
from scaling_assets.science.planning import PLAN_KINDS


def test_every_kind_of_plan_has_a_command_and_no_other_has():
    assert sorted(kind for kind, *_ in PLANNING.values()) == sorted(PLAN_KINDS)
    assert set(PLANNING) <= set(COMMANDS)
