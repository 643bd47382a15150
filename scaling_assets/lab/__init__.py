"""A lab: what a user declared, read and checked as a whole before anything runs.

What belongs here: ``lab.toml``, ``experiments/*.yaml``, ``plans/*.yaml``, ``claims/*.yaml``, their JSON
Schema, the starter lab. What does not: run files (``ingest``), results (``store``), computing (``science``).
"""

from scaling_assets.lab.create import create_lab
from scaling_assets.lab.load import LAB_FILE, LAB_VARIABLE, Lab, find_lab, inside, load_lab
from scaling_assets.lab.schema import claims_schema, experiment_schema, plan_schema
from scaling_assets.lab.settings import LabSettings

__all__ = [
    "LAB_FILE",
    "LAB_VARIABLE",
    "Lab",
    "LabSettings",
    "claims_schema",
    "create_lab",
    "experiment_schema",
    "find_lab",
    "inside",
    "load_lab",
    "plan_schema",
]
