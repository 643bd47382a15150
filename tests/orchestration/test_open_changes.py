"""The check on the asset ``changes``: it warns of open reports, and is an error where a blocker is among them."""

from dataclasses import replace

import dagster as dg

from scaling_assets.orchestration import evaluations
from scaling_assets.records.change import ChangeDecision, ChangeStatus, Watched
from tests.store.test_changes import CHANGE, NOW, SERIES


def test_open_changes_fail_the_check_until_somebody_decides() -> None:
    opened = Watched((SERIES,), (CHANGE,))
    known = ChangeDecision("locality", CHANGE.change_id, ChangeStatus.ACKNOWLEDGED, "ana", "fine", NOW)
    result = evaluations.no_open_changes({"locality": opened, "other": Watched()})
    assert (result.passed, result.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "level up, worse since commit c25" in str(result.metadata["locality"])
    assert evaluations.no_open_changes({"locality": replace(opened, decisions=(known,))}).passed
    blocking = replace(opened, changes=(replace(CHANGE, severity="blocker"),))
    one = evaluations.no_open_changes_evaluation("locality", blocking)
    assert (one.passed, one.severity, one.blocking) == (False, dg.AssetCheckSeverity.ERROR, False)
    assert evaluations.no_open_changes_evaluation("other", Watched()).passed
