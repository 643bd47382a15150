"""Experiments, sources, laws and verdicts that the store's tests are made of."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from scaling_assets.records.allocation import AllocatedAmount, Allocation, AllocationStatus
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import Law, LawStatus, ParameterEstimate
from scaling_assets.records.observation import AcceptedRows, FileStamp, Rejection, Source
from scaling_assets.records.trial import trial_columns
from scaling_assets.records.verdict import Outcome, Verdict


def experiment(**changes: Any) -> Experiment:
    """Edits that grow: one dimension, raw and derived metrics of every kind."""
    declared: dict[str, Any] = {
        "name": "locality",
        "title": "Edits that grow",
        "mode": "measured",
        "dimensions": [{"name": "elements", "unit": "1", "lower": 1, "upper": 10_000}],
        "context": [{"name": "project", "required": False}],
        "conditions": ["narrow", "wide"],
        "columns": [
            {"name": "commit_ms"},
            {"name": "overrides", "type": "integer"},
            {"name": "operations", "type": "integer"},
            {"name": "is_ok", "type": "boolean"},
        ],
        "metrics": [
            {"name": "regen_ms", "lower": 0},
            {"name": "tvc_ms", "formula": "commit_ms + regen_ms"},
            {"name": "override_rate", "kind": "rate", "numerator": "overrides", "denominator": "operations"},
            {"name": "ok_rate", "kind": "rate", "numerator": "is_ok", "denominator": "1"},
            {"name": "rework", "kind": "count", "scale": 100, "numerator": "5 * overrides",
             "denominator": "operations"},
            {"name": "regen_p95_ms", "kind": "quantile", "q": 0.95, "formula": "regen_ms"},
        ],
        "rules": [
            {"name": "overrides_are_operations", "condition": "overrides <= operations"},
            {"name": "commit_is_short", "condition": "commit_ms < 1000", "severity": "warning"},
        ],
        "key": ["run_id", "step"],
    }  # fmt: skip
    return Experiment(**{**declared, **changes})


def rows(n: int = 12, *, first: int = 0, seed: int = 1) -> pd.DataFrame:
    """n good rows of ``experiment()``: three steps a run, key o<number>."""
    rng = np.random.default_rng(seed)
    number = np.arange(first, first + n)
    return pd.DataFrame({
        "observation_id": [f"o{i}" for i in number],
        "line": np.arange(1, n + 1),
        "run_id": [f"r{i // 3}" for i in number],
        "seed": 42,
        "step": number % 3,
        "condition": "narrow",
        "observed_at": pd.Timestamp("2026-01-30 11:25", tz="UTC"),
        "is_simulated": False,
        "elements": 10.0 ** ((number // 3) % 4),
        "project": "bridge",
        "commit_ms": rng.uniform(1, 2, n),
        "overrides": 1,
        "operations": 4,
        "is_ok": number % 2 == 0,
        "regen_ms": rng.uniform(3, 9, n),
    })  # fmt: skip


def source(
    frame: pd.DataFrame,
    path: str = "runs.jsonl",
    *,
    rejected: Sequence[Rejection] = (),
    has_key: bool = True,
    of: str = "locality",
    source_id: str | None = None,
) -> Source:
    """A landed file with these rows; its identity is its content."""
    text = frame.to_csv() + repr(rejected)
    identity = source_id or hashlib.sha256(text.encode()).hexdigest()
    accepted = (AcceptedRows(of, frame, has_key),) if len(frame) else ()
    stamp = FileStamp(path, len(text), 1_700_000_000_000_000_000)
    read = len(frame) + len(rejected)
    return Source(identity, stamp, "landing", "jsonl", "wide", read, accepted, tuple(rejected))


def rejection(line: int = 99, **changes: Any) -> Rejection:
    """One bad row."""
    bad = Rejection(
        "locality", line, "regen_ms", "fast", "'fast' is no number", "Write a number.", '{"x": 1}'
    )
    return replace(bad, **changes)


def trials(declared: Experiment, values: Sequence[float] = (1.0, 2.5, 7.0)) -> pd.DataFrame:
    """One trial a value, at rising scales."""
    size = len(values)
    frame = pd.DataFrame({
        "metric": ["regen_ms"] * size,
        "unit": [f"r{i}" for i in range(size)],
        "seed": pd.array([42, *[None] * (size - 1)], dtype="Int64"),
        "elements": [10.0**i for i in range(size)],
        "project": ["bridge", *[None] * (size - 1)],
        "condition": [None, *["narrow"] * (size - 1)],
        "is_simulated": declared.is_simulated,
        "n": 3,
        "value": list(values),
        "sd": [0.1, *[np.nan] * (size - 1)],
        "numerator": np.nan,
        "denominator": np.nan,
        "sample": [[0.1, 0.2, 1 / 3], *[None] * (size - 1)],
    })  # fmt: skip
    return frame[list(trial_columns(declared))]


def law(**changes: Any) -> Law:
    """A converged power law with awkward numbers: they must come back to the last bit."""
    good = Law(
        law_id="law1",
        experiment="locality",
        question="regen_ms_by_elements",
        metric="regen_ms",
        axes=("elements",),
        group={"project": "bridge", "storeys": 3, "height": 3.0, "is_new": True},
        family="power",
        status=LawStatus.CONVERGED,
        reason="",
        parameters=(
            ParameterEstimate("a", 1.05, 1.0, 1.1, 0.95, "case bootstrap", "ms", "coefficient"),
            ParameterEstimate("b", 0.1 + 0.2, 0.25, 0.35, 0.95, "case bootstrap", "", "exponent"),
        ),
        estimator="huber",
        residuals="log",
        draws=np.array([[1.0, 1 / 3], [1.1, np.pi / 10], [0.9, 1e-300]]),
        domain=((1.0, 1000.0),),
        noise=0.05,
        n_points=12,
        n_units=12,
        n_scales=4,
        extrapolation_limit=2.0,
        seed=42,
        code_version="1",
        data_version="t1",
        is_leading=True,
        leading_reason="lowest back-test error",
        evidence={"hit_rate": 1.0, "condition": None},
    )
    return replace(good, **changes)


def verdict(**changes: Any) -> Verdict:
    """A blocker that passes."""
    good = Verdict(
        verdict_id="v1",
        experiment="locality",
        gate="regen_is_sub_linear",
        kind="parameter_bound",
        group={"project": "bridge"},
        outcome=Outcome.PASS,
        reason="0.35 < 0.9",
        remedy="",
        measured=0.3,
        low=None,
        high=0.35,
        confidence=0.95,
        operator="<",
        threshold=(0.9,),
        unit="",
        n_units=12,
        method="case bootstrap",
        severity="blocker",
        action="",
        owner="team:engine",
        law_id="law1",
        data_version="l1",
        evidence={"margin": 0.55, "power": None},
    )
    return replace(good, **changes)


def allocation(**changes: Any) -> Allocation:
    """Two dimensions under one budget."""
    good = Allocation(
        allocation_id="a1",
        plan="fleet",
        status=AllocationStatus.OPTIMAL,
        reason="",
        amounts=(
            AllocatedAmount("agents", 4.0, 3.0, 5.0, "1", 2.0, "law1", "budget"),
            AllocatedAmount("context", None, None, None, "tokens", None, None),
        ),
        budget=10.0,
        cost=9.5,
        leftover=0.5,
        currency="EUR",
        outcome=1.25,
        outcome_low=1.1,
        outcome_high=1.4,
        outcome_unit="",
        level=0.9,
        method="frontier",
        shadow_price=None,
        agreement=0.8,
        is_simulated=False,
        data_version="l1",
        baselines={"equal shares": 1.2, "closed form": None},
    )
    return replace(good, **changes)
