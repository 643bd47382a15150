"""The only place that knows Dagster.

What belongs here: assets, checks, sensors, schedules, and how they are put together. What does not:
mathematics, SQL text, reading files; an asset calls one use case of ``pipeline`` and reports on it.
"""
