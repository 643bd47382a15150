"""Sweeps: workloads that make runs of declared experiments, one kind a file.

What belongs here: making runs, simulated or measured, and writing them whole or not at all. What
does not: taking them in (``ingest``), when they are due (``pipeline``, ``orchestration``).

A new workload is one file with a ``WorkloadKind`` and one line in ``WORKLOADS``.
"""

from scaling_assets.sweeps.registry import WORKLOADS
from scaling_assets.sweeps.run import run_sweep, settings_of, sweep_id, workload_id, workload_problems
from scaling_assets.sweeps.workload import WorkloadKind, WorkloadSettings

__all__ = [
    "WORKLOADS",
    "WorkloadKind",
    "WorkloadSettings",
    "run_sweep",
    "settings_of",
    "sweep_id",
    "workload_id",
    "workload_problems",
]
