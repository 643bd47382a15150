"""The Dagster code location of this checkout: the reference lab, unless SCALING_LAB names another."""

import os
from pathlib import Path

import dagster as dg

from scaling_assets.orchestration.build import build_definitions

REFERENCE_LAB = Path(__file__).parent / "labs" / "reference"


@dg.definitions
def defs() -> dg.Definitions:
    """Everything is assembled in ``scaling_assets.orchestration.build``."""
    return build_definitions(lab=os.environ.get("SCALING_LAB", str(REFERENCE_LAB)))
