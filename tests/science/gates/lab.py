"""The BIM scaling lab in small: one experiment with every S0 gate, its trials from planted rows."""

import numpy as np
import pandas as pd

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.verdict import Verdict
from scaling_assets.science.fitting import fit, problems_of
from scaling_assets.science.gates import judge
from scaling_assets.science.trials import derive
from tests.science.trials.sums import unit_sums

LEVELS = (1, 3, 10, 30, 100)

GATES = {
    "p95_at_three": {"kind": "threshold", "metric": "p95_ms", "operator": "<", "threshold": 80, "where": {"size": 3}},
    "override_rate": {"kind": "threshold", "metric": "override_rate", "operator": "<=", "threshold": 0.01},
    "rollbacks": {"kind": "threshold", "metric": "rollback_rate", "operator": "<", "threshold": 0.001},
    "share_band": {"kind": "threshold", "metric": "share", "operator": "within", "threshold": [0.27, 0.31]},
    "rm100": {"kind": "threshold", "metric": "rm100", "operator": "<", "threshold": 50},
    "vcsr": {"kind": "threshold", "metric": "vcsr", "operator": ">", "threshold": 0.99},
    "tvc_per_size": {"kind": "threshold", "metric": "tvc_ms", "operator": "within", "threshold": [57, 63],
                     "each": ["size"]},
    "exponent_limit": {"kind": "parameter", "metric": "regen_ms", "parameter": "exponent", "operator": "<=",
                       "threshold": 0.5},
    "tvc_constant": {"kind": "parameter", "metric": "tvc_ms", "family": "power", "parameter": "exponent",
                     "operator": "within", "threshold": [-0.05, 0.05]},
    "no_regression": {"kind": "regression", "metric": "regen_ms", "parameter": "exponent",
                      "baseline": {"value": 0.35, "standard_error": 0.005}, "minimum_change": 0.05},
    "sla_150": {"kind": "prediction", "metric": "regen_ms", "at": {"size": 150}, "operator": "<", "threshold": 10},
    "sla_500k": {"kind": "prediction", "metric": "regen_ms", "at": {"size": 500_000}, "operator": "<",
                 "threshold": 100},
    "all_runs": {"kind": "completeness"},
}  # fmt: skip


def experiment(*names: str, **gates: dict[str, object]) -> Experiment:
    """The experiment with some of the gates above (all by default), or with gates of one's own."""
    chosen = {n: GATES[n] for n in names} | gates or GATES
    return Experiment.model_validate({
        "name": "locality", "title": "Locality", "mode": "simulated", "runs_per_cell": 10,
        "dimensions": [{"name": "size", "unit": "elements", "values": LEVELS}],
        "columns": [{"name": n} for n in ("regen", "tvc", "latency", "check", "ops", "ok", "rolled", "over", "pen")],
        "metrics": [
            {"name": "regen_ms", "unit": "ms", "formula": "regen"},
            {"name": "tvc_ms", "unit": "ms", "formula": "tvc"},
            {"name": "p95_ms", "unit": "ms", "kind": "quantile", "q": 0.95, "formula": "latency"},
            {"name": "share", "kind": "ratio", "numerator": "check", "denominator": "tvc"},
            {"name": "vcsr", "kind": "rate", "numerator": "ok", "denominator": "ops"},
            {"name": "override_rate", "kind": "rate", "numerator": "over", "denominator": "ops"},
            {"name": "rollback_rate", "kind": "count", "numerator": "rolled", "denominator": "ops"},
            {"name": "rm100", "kind": "count", "numerator": "pen", "denominator": "ops", "scale": 100,
             "largest_event": 5},
        ],
        "laws": [
            {"metric": "regen_ms", "by": ["size"], "families": ["constant", "power"], "declared": "power",
             "bootstrap": 100},
            {"metric": "tvc_ms", "by": ["size"], "families": ["constant", "power"], "bootstrap": 100},
        ],
        "gates": [{"name": name} | gate for name, gate in chosen.items()],
    })  # fmt: skip


def rows(runs: int = 10, seed: int = 7) -> pd.DataFrame:
    """Planted: regen = 1.05 size^0.35 with 3 % noise a run, TVC 60 ms, share .286, p95 about 72 ms."""
    rng, parts = np.random.default_rng(seed), []
    for size in LEVELS:
        n = runs * 20
        regen = np.repeat(1.05 * size**0.35 * np.exp(rng.normal(0, 0.03, runs)), 20)
        tvc = np.repeat(60 * np.exp(rng.normal(0, 0.01, runs)), 20)
        parts.append(pd.DataFrame({
            "unit": np.repeat([f"r{size}_{i}" for i in range(runs)], 20), "size": float(size), "ops": 10,
            "regen": regen, "tvc": tvc, "check": tvc * np.repeat(rng.normal(0.286, 0.004, runs), 20),
            "latency": rng.normal(60, 7, n), "ok": 10, "rolled": 0, "over": rng.binomial(10, 0.004, n), "pen": 0,
            "is_simulated": True,
        }))  # fmt: skip
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(pen=frame["over"])


def verdicts(declared: Experiment, raw: pd.DataFrame) -> list[Verdict]:
    """Reduce, fit and judge, through the real doors."""
    trials = derive(declared, unit_sums(declared, raw))
    asks_law = any(g.kind in ("parameter", "regression", "prediction") for g in declared.gates)
    laws = fit(problems_of(declared, trials)) if asks_law else []
    return judge(declared, trials, laws, data_version="v1")
