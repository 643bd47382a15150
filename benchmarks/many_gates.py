"""A hundred thousand verdicts: how long does judging take, and where does it grow?

What belongs here: one experiment whose gates ask about every service apart, planted so that passes, failures and
verdicts that need more runs all occur. What does not: storing verdicts (``at_scale``).

The clock is the CPU time of ``gates.judge`` alone; the trial frame is made before it starts.
"""

import argparse
from collections import Counter

import numpy as np
import pandas as pd

from benchmarks.harness import Report, Way, Work, interleave, machine
from scaling_assets.records.experiment import Experiment
from scaling_assets.science.gates import judge

RUNS = 6  # units a service
ITEMS = 200  # items a unit


def declared() -> Experiment:
    return Experiment.model_validate({
        "name": "services", "title": "Services", "mode": "measured", "dimensions": [{"name": "size"}],
        "context": [{"name": "service"}], "columns": [{"name": "bad"}, {"name": "items"}],
        "metrics": [
            {"name": "wait_ms", "unit": "ms", "direction": "lower"},
            {"name": "failure_rate", "kind": "rate", "numerator": "bad", "denominator": "items"},
        ],
        "gates": [
            {"name": "fast", "kind": "threshold", "metric": "wait_ms", "operator": "<", "threshold": 11,
             "each": ["service"]},
            {"name": "sound", "kind": "threshold", "metric": "failure_rate", "operator": "<", "threshold": 0.02,
             "each": ["service"]},
        ],
    })  # fmt: skip


def trials(services: int) -> pd.DataFrame:
    """Planted: waits 9 to 13 ms with 1 ms between runs, failure rates 0 to 4 %."""
    rng = np.random.default_rng(1)
    n = services * RUNS
    service = np.repeat(np.arange(services), RUNS)
    both = {
        "unit": np.char.add("r", np.arange(n).astype(str)), "seed": pd.array([pd.NA] * n, dtype="Int64"), "size": 1.0,
        "service": np.char.add("s", service.astype(str)), "condition": None, "is_simulated": False, "n": 1,
        "sd": np.nan, "sample": None,
    }  # fmt: skip
    level = rng.uniform(9, 13, services)[service]
    bad = rng.binomial(ITEMS, rng.uniform(0, 0.04, services)[service]).astype(float)
    waits = pd.DataFrame(both | {"metric": "wait_ms", "value": level + rng.normal(size=n), "numerator": np.nan,
                                 "denominator": np.nan})  # fmt: skip
    rates = pd.DataFrame(both | {"metric": "failure_rate", "value": bad / ITEMS, "numerator": bad,
                                 "denominator": float(ITEMS)})  # fmt: skip
    return pd.concat([waits, rates], ignore_index=True)


def report(verdicts: int, rounds: int) -> Report:
    experiment, sizes = declared(), (verdicts // 10, verdicts)
    frames = {size: trials(size // 2) for size in sizes}

    def way(size: int) -> Way:
        def turn(_: int) -> Work:
            found = judge(experiment, frames[size], [], data_version="v")
            return Work(1, Counter(v.outcome.value for v in found))

        return Way(f"{size:,} verdicts", turn)

    timings = interleave([way(size) for size in sizes], rounds)
    rows = []
    for size, (name, timing) in zip(sizes, timings.items(), strict=True):
        counts = timing.works[-1].result
        rows.append({
            "what": name, "seconds": timing.median, "microseconds a verdict": timing.median / size * 1e6,
            **{outcome: counts[outcome] for outcome in ("pass", "fail", "inconclusive")},
        })  # fmt: skip
    largest = timings[f"{verdicts:,} verdicts"]
    return Report(
        "Many gates",
        [machine(), f"two gates over services of {RUNS} runs, median of {rounds} rounds"],
        rows,
        {
            "every verdict was given": sum(largest.works[-1].result.values()) == verdicts,
            "pass, fail and inconclusive all occur": len(largest.works[-1].result) == 3,
        },
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verdicts", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a small run")
    asked = parser.parse_args()
    print(report(*(2_000, 1) if asked.quick else (asked.verdicts, asked.rounds)).markdown())


if __name__ == "__main__":
    main()
