"""Two arms in small: conditions A and B, seeds, tiers; trials made of raw rows."""

import numpy as np
import pandas as pd

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.verdict import Verdict
from scaling_assets.science.gates import judge
from scaling_assets.science.trials import derive
from tests.science.trials.sums import unit_sums

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


def judged(gate: dict[str, object], *frames: pd.DataFrame, **changes: object) -> list[Verdict]:
    declared = experiment(gate, **changes)
    raw = pd.concat(frames, ignore_index=True)
    used = declared.metric(str(gate["metric"]))
    trials = derive(declared, unit_sums(declared.model_copy(update={"metrics": (used,)}), raw))
    return judge(declared, trials, [], data_version="v")
