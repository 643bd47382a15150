"""The Dagster code location of an installed package: ``dagster dev -m scaling_assets.orchestration.location``."""

import dagster as dg

from scaling_assets.orchestration.build import build_definitions


@dg.definitions
def defs() -> dg.Definitions:
    """Definitions over the lab that SCALING_LAB names."""
    return build_definitions()
