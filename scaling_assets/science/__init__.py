"""Everything that stays true without files, clocks, databases and Dagster.

What belongs here: laws, trials, fitting, gates, allocation, each a room with a contract and a
registry. What does not: reading, storing, showing, scheduling.
"""
