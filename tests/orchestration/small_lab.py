"""A small real lab as files: measured experiments, a plan over one, and runs to drop into it."""

import json
import os
from pathlib import Path

LAB_TOML = """
[lab]
name = "small"
title = "A small lab for tests"

[landing]
settle_s = 0.001
"""

EXPERIMENT = """
name: {name}
title: Latency against size
hypothesis: Latency grows with a power of the size.
owner: team:tests
mode: measured
dimensions:
  - {{name: size, unit: items, values: [1, 10, 100, 1000]}}
metrics:
  - {{name: latency_ms, unit: ms, lower: 0}}
laws:
  - metric: latency_ms
    by: [size]
    families: [constant, linear, power]
    bootstrap: 60
gates:
  - {{name: exponent_limit, kind: parameter, metric: latency_ms, family: power, parameter: exponent,
     operator: "<", threshold: 0.9, action: Find what grew, owner: "team:tests"}}
"""

PLAN = """
name: sizes
title: How large should we go?
budget: 50
currency: usd
direction: higher
dimensions:
  - name: size
    law: {experiment: alpha, metric: latency_ms}
    unit: items
    cost: 0.5
    minimum: 1
    maximum: 200
    step: 1
"""


def write_runs(
    path: Path, *, exponent: float = 0.5, runs: int = 4, start: int = 0, factor: float = 1.0
) -> Path:
    """A JSONL file of measured-looking runs with a little deterministic noise, renamed into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    for run in range(start, start + runs):
        for position, size in enumerate((1, 10, 100, 1000)):
            wobble = 1 + 0.02 * (((run * 7 + position * 3) % 5) - 2)
            record = {
                "run_id": f"r{run}-{size}",
                "size": size,
                "latency_ms": factor * 2.0 * size**exponent * wobble,
            }
            lines.append(json.dumps(record))
    aside = path.with_name(f".{path.name}.tmp")
    aside.write_text("\n".join(lines) + "\n", encoding="utf-8")
    os.utime(aside, ns=(1_700_000_000_000_000_000 + start, 1_700_000_000_000_000_000 + start))
    aside.rename(path)
    return path


def make_lab(root: Path, names: tuple[str, ...] = ("alpha", "beta"), settle_s: float = 0.001) -> Path:
    """A lab with these experiments and a plan over alpha."""
    for folder in ("experiments", "plans", "landing"):
        (root / folder).mkdir(parents=True)
    (root / "lab.toml").write_text(
        LAB_TOML.replace("settle_s = 0.001", f"settle_s = {settle_s}"), encoding="utf-8"
    )
    for name in names:
        (root / "experiments" / f"{name}.yaml").write_text(EXPERIMENT.format(name=name), encoding="utf-8")
    (root / "plans" / "sizes.yaml").write_text(PLAN, encoding="utf-8")
    return root
