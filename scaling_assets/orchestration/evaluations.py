"""Data rules as asset checks: one Dagster check for each file in sql/checks; the test of the arms, and the gates.

What belongs here: turning a rule's offenders, or verdicts, into a check's result. What does not: the rules (sql),
judging.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg

from scaling_assets.orchestration.describe import preview
from scaling_assets.records.assignment import ArmCheck
from scaling_assets.records.change import Watched
from scaling_assets.records.look import LawLook
from scaling_assets.records.verdict import Outcome, Verdict, overall
from scaling_assets.report import changed, wording
from scaling_assets.report.stale import stale_text
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

GATES = "gates_pass"
GATES_SPEC = dg.AssetCheckSpec(
    GATES,
    asset="verdicts",
    description="Every blocking gate passes. A failing one is an error, one that is not settled a warning; "
    "neither keeps anything from being computed.",
)
PASSED = (Outcome.PASS, Outcome.NOT_APPLICABLE)
NAMED = 10  # verdicts told apart


NEW_RUNS_AGREE = "new_runs_agree_with_laws"
NEW_RUNS_SPEC = dg.AssetCheckSpec(
    NEW_RUNS_AGREE,
    asset="verdicts",
    description="Runs that landed since are like those that the laws had before; else these laws are stale until "
    "their question is declared otherwise or somebody acknowledges it.",
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
    found = "no assignment is declared" if check is None else check.reason or "no mismatch"
    passed = check is None or not check.is_mismatch
    return _of_one("verdicts", SAMPLE_RATIO, partition, passed, dg.AssetCheckSeverity.ERROR, {"found": found})


def new_runs(found: Mapping[str, Sequence[LawLook]]) -> dg.AssetCheckResult:
    """Whether no law is stale, over the experiments of a run; a warning where one is."""
    stale = {name: looks for name, looks in found.items() if looks}
    return dg.AssetCheckResult(
        asset_key="verdicts",
        check_name=NEW_RUNS_AGREE,
        passed=not stale,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "stale laws": sum(map(len, stale.values())),
            **{name: "; ".join(map(stale_text, looks)) for name, looks in stale.items()},
        },
    )


def new_runs_evaluation(partition: str, found: Sequence[LawLook]) -> dg.AssetCheckEvaluation:
    """The same for a run that records a set of experiments one by one."""
    told = {"found": "; ".join(map(stale_text, found)) or "no law is stale"}
    return _of_one("verdicts", NEW_RUNS_AGREE, partition, not found, dg.AssetCheckSeverity.WARN, told)


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
    told = {"found": "; ".join(changed.sentences(watched)) or "no open change"}
    return _of_one("changes", NO_OPEN_CHANGES, partition, not watched.open, _severity_of([watched]), told)


def gates(found: Mapping[str, Sequence[Verdict]]) -> dg.AssetCheckResult:
    """Whether every blocker passes, over the experiments of a run."""
    outcomes = {name: overall(tuple(verdicts)) for name, verdicts in found.items()}
    return dg.AssetCheckResult(
        asset_key="verdicts",
        check_name=GATES,
        passed=all(outcome in PASSED for outcome in outcomes.values()),
        severity=_of_outcomes(outcomes.values()),
        metadata={
            "experiments": len(found),
            **{name: wording.OUTCOME_WORDS[o] for name, o in outcomes.items() if o not in PASSED},
            **_open([verdict for verdicts in found.values() for verdict in verdicts]),
        },
    )


def gates_evaluation(partition: str, found: Sequence[Verdict]) -> dg.AssetCheckEvaluation:
    """The same for a run that records a set of experiments one by one."""
    outcome = overall(tuple(found))
    told = {"overall": wording.OUTCOME_WORDS[outcome], **_open(found)}
    return _of_one("verdicts", GATES, partition, outcome in PASSED, _of_outcomes([outcome]), told)


def _of_one(
    asset: str, check: str, partition: str, passed: bool, severity: dg.AssetCheckSeverity, told: dict[str, str]
) -> dg.AssetCheckEvaluation:  # fmt: skip
    """What a check that holds nothing back says of one experiment."""
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(asset), check_name=check, passed=passed, severity=severity, blocking=False,
        metadata={"experiment": partition, **told},
    )  # fmt: skip


def _of_outcomes(outcomes: Iterable[Outcome]) -> dg.AssetCheckSeverity:
    failed = Outcome.FAIL in set(outcomes)
    return dg.AssetCheckSeverity.ERROR if failed else dg.AssetCheckSeverity.WARN


def _open(found: Sequence[Verdict]) -> dict[str, str]:
    """The reasons of the blockers that do not pass, the first ones."""
    short = [v for v in found if v.severity == "blocker" and v.outcome not in PASSED]
    told = {}
    for verdict in short[:NAMED]:
        group = wording.group_text(verdict.group)
        name = f"{verdict.experiment}: {verdict.gate}" + (f" ({group})" if group else "")
        told[name] = f"{wording.OUTCOME_WORDS[verdict.outcome]}: {verdict.reason}"
    return told | (
        {"further verdicts that do not pass": str(len(short) - NAMED)} if len(short) > NAMED else {}
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
