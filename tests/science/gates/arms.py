"""Two arms in small: conditions A and B, seeds, tiers; trials made of raw rows."""

import numpy as np
import pandas as pd

from scaling_assets.records.experiment import Experiment, Metric
from scaling_assets.records.verdict import Verdict
from scaling_assets.science.gates import judge

BETTER = {"kind": "comparison", "metric": "score", "treatment": "B"}


def experiment(*gates: dict[str, object], **changes: object) -> Experiment:
    return Experiment.model_validate({
        "name": "arms", "title": "Arms", "mode": "measured", "conditions": ["A", "B"], "control_condition": "A",
        "dimensions": [{"name": "size", "values": [1, 2], "control": 1}], "context": [{"name": "tier"}],
        "columns": [{"name": n} for n in ("y", "ok", "ops", "cost", "out", "ms")],
        "metrics": [
            {"name": "score", "formula": "y", "direction": "higher"},
            {"name": "wait_ms", "unit": "ms", "formula": "y", "direction": "lower"},
            {"name": "share", "formula": "y", "lower": 0, "upper": 1, "direction": "higher"},
            {"name": "success", "kind": "rate", "numerator": "ok", "denominator": "ops", "direction": "higher"},
            {"name": "yield", "kind": "ratio", "numerator": "out", "denominator": "cost", "direction": "higher"},
            {"name": "p90", "kind": "quantile", "q": 0.9, "formula": "ms"},
            {"name": "events", "kind": "count", "numerator": "ok", "denominator": "ops"},
        ],
        "gates": [{"name": f"g{i}"} | gate for i, gate in enumerate(gates)],
    } | changes)  # fmt: skip


def rows(condition: str, y: object, **columns: object) -> pd.DataFrame:
    """One row a unit: unit ``<condition><i>``, seed i."""
    y = np.asarray(y, dtype=float)
    n = len(y)
    frame = pd.DataFrame({
        "unit": [f"{condition}{i}" for i in range(n)], "condition": condition, "seed": np.arange(n), "size": 1.0,
        "tier": "t", "y": y, "ok": 1.0, "ops": 1.0, "cost": 1.0, "out": y, "ms": y, "is_simulated": False,
    })  # fmt: skip
    return frame.assign(**columns)


def trials(metric: Metric, raw: pd.DataFrame) -> pd.DataFrame:
    """The trial frame of one metric: each raw row is one unit in one cell, of one row."""
    sums = metric.kind in ("rate", "count", "ratio")
    column = metric.formula or metric.name
    value = raw[metric.numerator] / raw[metric.denominator] if sums else raw[column]
    return pd.DataFrame({
        "metric": metric.name, "unit": raw["unit"], "seed": raw["seed"].astype("Int64"), "size": raw["size"],
        "tier": raw["tier"], "condition": raw["condition"], "is_simulated": raw["is_simulated"], "n": 1, "value": value,
        "sd": np.nan, "numerator": raw[metric.numerator] if sums else np.nan,
        "denominator": raw[metric.denominator] if sums else np.nan, "sample": [[v] for v in value],
    })  # fmt: skip


def judged(gate: dict[str, object], *frames: pd.DataFrame, **changes: object) -> list[Verdict]:
    declared = experiment(gate, **changes)
    raw = pd.concat(frames, ignore_index=True)
    return judge(declared, trials(declared.metric(str(gate["metric"])), raw), [], data_version="v")
