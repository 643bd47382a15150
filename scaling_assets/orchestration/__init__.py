"""The only place that knows Dagster.

What belongs here: assets, checks, sensors, schedules, and how they are put together. What does not:
mathematics, SQL text, reading files; an asset calls one use case of ``pipeline`` and reports on it.
"""

import warnings

import dagster as dg

# Every asset with a backfill policy warns that the parameter is in beta; we know, and the pin in
# pyproject.toml holds Dagster to one minor version.
warnings.filterwarnings("ignore", category=dg.BetaWarning)
