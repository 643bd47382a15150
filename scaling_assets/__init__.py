"""Scaling experiments as data assets: observations, trials, laws, verdicts, allocations."""

__version__ = "0.1.0"
