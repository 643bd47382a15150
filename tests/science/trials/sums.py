"""Makes the frame that a store hands to ``derive``, from raw rows, with pandas alone."""

import numpy as np
import pandas as pd

from scaling_assets.records.experiment import Experiment


def experiment(**changes: object) -> Experiment:
    """A small design with one metric of each kind: latency in a room of users."""
    declared: dict[str, object] = {
        "name": "rooms", "title": "Rooms", "mode": "measured",
        "dimensions": [{"name": "users", "unit": "1", "tiers": {"one": 1, "three": 3}}],
        "context": [{"name": "task"}],
        "columns": [{"name": n} for n in ("ops", "bad", "penalty", "latency_ms", "check_ms", "total_ms")],
        "metrics": [
            {"name": "mean_latency", "unit": "ms", "formula": "latency_ms"},
            {"name": "p95", "unit": "ms", "kind": "quantile", "q": 0.95, "formula": "latency_ms"},
            {"name": "failure_rate", "kind": "rate", "numerator": "bad", "denominator": "ops"},
            {"name": "rm100", "kind": "count", "numerator": "penalty", "denominator": "ops",
             "scale": 100, "largest_event": 5},
            {"name": "check_share", "kind": "ratio", "numerator": "check_ms", "denominator": "total_ms"},
        ],
    }  # fmt: skip
    return Experiment.model_validate(declared | changes)


def unit_sums(declared: Experiment, rows: pd.DataFrame) -> pd.DataFrame:
    """One line per metric, cell and unit; formulas here are plain column names."""
    full = rows.copy()
    for column, default in (("condition", None), ("seed", pd.NA), ("task", None), ("is_simulated", False)):
        if column not in full:
            full[column] = default
    keys = ["unit", "seed", *declared.cell_columns, "is_simulated"]
    lines = []
    for metric in declared.metrics:
        for values, unit in full.groupby(keys, dropna=False):
            line = dict(zip(keys, values, strict=True)) | {"metric": metric.name, "sample": None}
            if metric.kind in ("value", "quantile"):
                y = unit[metric.formula or metric.name].astype(float).dropna()
                line |= {
                    "n": len(y),
                    "mean": y.mean(),
                    "sd": y.std(),
                    "numerator": np.nan,
                    "denominator": np.nan,
                }
                if metric.kind == "quantile":
                    line["sample"] = sorted(y)
            else:
                sums = unit[metric.numerator].sum(), unit[metric.denominator].sum()
                line |= {"n": len(unit), "mean": np.nan, "sd": np.nan,
                         "numerator": sums[0], "denominator": sums[1]}  # fmt: skip
            lines.append(line)
    columns = ["metric", *keys, "n", "mean", "sd", "numerator", "denominator", "sample"]
    return pd.DataFrame(lines, columns=columns)


def rows(
    n_units: int = 6, n_rows: int = 40, users: float = 3, seed: int = 0, **fixed: object
) -> pd.DataFrame:
    """Raw rows of ``n_units`` units in one cell."""
    rng = np.random.default_rng(seed)
    n = n_units * n_rows
    frame = pd.DataFrame({
        "unit": np.repeat([f"u{users:g}_{i}" for i in range(n_units)], n_rows), "users": float(users),
        "ops": 10, "bad": rng.binomial(10, 0.05, n), "penalty": 5 * rng.poisson(0.02, n),
        "latency_ms": rng.lognormal(4, 0.2, n), "check_ms": rng.uniform(2, 3, n),
        "total_ms": rng.uniform(9, 11, n),
    })  # fmt: skip
    return frame.assign(**fixed)
