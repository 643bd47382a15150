"""The use cases: read from the store, call the science, write to the store.

What belongs here: the order of things and the versions that say whether anything is to be done.
What does not: mathematics (``science``), SQL (``store``), Dagster (``orchestration``), printing (``cli``).
Dagster assets and CLI commands are thin shells over these functions, so that both do the same.
"""
