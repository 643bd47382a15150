"""Data rules as asset checks: one Dagster check for each file in sql/checks; and the test of the arms.

What belongs here: turning a rule's offenders into a check's result. What does not: the rules (sql).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg

from scaling_assets.orchestration.describe import preview
from scaling_assets.records.assignment import ArmCheck
from scaling_assets.records.change import Watched
from scaling_assets.report import changed
from scaling_assets.store.checks import available
from scaling_assets.store.store import Offenders


def specs(asset: str) -> list[dg.AssetCheckSpec]:
    """The checks on an asset; a rule of severity "blocker" stops everything downstream."""
    return [
        dg.AssetCheckSpec(
            name=check.name,
            asset=asset,
            description=check.description,
            blocking=check.severity == "blocker",
        )
        for check in available()
        if check.asset == asset
    ]


SAMPLE_RATIO = "sample_ratio_holds"
SAMPLE_RATIO_SPEC = dg.AssetCheckSpec(
    SAMPLE_RATIO,
    asset="verdicts",
    description="The arms of the runs that landed have the assignment's ratio; else verdicts that compare arms "
    "are held back.",
)


NO_OPEN_CHANGES = "no_open_changes"
NO_OPEN_CHANGES_SPEC = dg.AssetCheckSpec(
    NO_OPEN_CHANGES,
    asset="changes",
    description="Every reported change of a law over time has been acknowledged; an error where one of them is "
    "declared as a blocker, else a warning.",
)


def names(asset: str) -> list[str]:
    """Names of the checks on an asset."""
    return [check.name for check in available() if check.asset == asset]


def result(asset: str, found: Sequence[Offenders]) -> dg.AssetCheckResult:
    """One check's result over the experiments of a run."""
    total = sum(o.count for o in found)
    worst = [o for o in found if o.count]
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=found[0].check,
        passed=total == 0,
        severity=severity(found[0]),
        description=found[0].description,
        metadata={
            "offending rows": total,
            **(_first(worst[0]) if worst else {}),
        },
    )


def evaluation(asset: str, partition: str, found: Offenders) -> dg.AssetCheckEvaluation:
    """The same for a run that records a set of experiments one by one."""
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(asset),
        check_name=found.check,
        passed=found.count == 0,
        severity=severity(found),
        description=found.description,
        blocking=found.severity == "blocker",
        metadata={
            "experiment": partition,
            "offending rows": found.count,
            **(_first(found) if found.count else {}),
        },
    )


def sample_ratio(found: Mapping[str, ArmCheck | None]) -> dg.AssetCheckResult:
    """Whether the runs that landed have the assignment's ratio, over the experiments of a run."""
    wrong = {name: check for name, check in found.items() if check is not None and check.is_mismatch}
    return dg.AssetCheckResult(
        asset_key="verdicts",
        check_name=SAMPLE_RATIO,
        passed=not wrong,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "experiments with an assignment": sum(check is not None for check in found.values()),
            **{name: check.reason for name, check in wrong.items()},
        },
    )


def sample_ratio_evaluation(partition: str, check: ArmCheck | None) -> dg.AssetCheckEvaluation:
    """The same for a run that records a set of experiments one by one."""
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey("verdicts"),
        check_name=SAMPLE_RATIO,
        passed=check is None or not check.is_mismatch,
        severity=dg.AssetCheckSeverity.ERROR,
        blocking=False,
        metadata={
            "experiment": partition,
            "found": "no assignment is declared" if check is None else check.reason or "no mismatch",
        },
    )


def no_open_changes(found: Mapping[str, Watched]) -> dg.AssetCheckResult:
    """Whether every reported change has been acknowledged, over the experiments of a run."""
    told = {name: changed.sentences(watched) for name, watched in found.items() if watched.open}
    return dg.AssetCheckResult(
        asset_key="changes",
        check_name=NO_OPEN_CHANGES,
        passed=not told,
        severity=_severity_of(found.values()),
        metadata={
            "open changes": sum(len(sentences) for sentences in told.values()),
            **{name: "; ".join(sentences) for name, sentences in told.items()},
        },
    )


def no_open_changes_evaluation(partition: str, watched: Watched) -> dg.AssetCheckEvaluation:
    """The same for a run that records a set of experiments one by one."""
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey("changes"),
        check_name=NO_OPEN_CHANGES,
        passed=not watched.open,
        severity=_severity_of([watched]),
        blocking=False,
        metadata={
            "experiment": partition,
            "found": "; ".join(changed.sentences(watched)) or "no open change",
        },
    )


def _severity_of(found: Iterable[Watched]) -> dg.AssetCheckSeverity:
    worst = {changed.worst(watched.open) for watched in found}
    return dg.AssetCheckSeverity.ERROR if "blocker" in worst else dg.AssetCheckSeverity.WARN


def severity(found: Offenders) -> dg.AssetCheckSeverity:
    """A blocker is an ERROR, a warning a WARN."""
    return dg.AssetCheckSeverity.ERROR if found.severity == "blocker" else dg.AssetCheckSeverity.WARN


def _first(found: Offenders) -> dict[str, Any]:
    row = found.rows.iloc[0]
    return {
        "first row": ", ".join(f"{name} {row[name]}" for name in found.rows.columns if name != "source_id"),
        "first rows": preview(found.rows),
    }
