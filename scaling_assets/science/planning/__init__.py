"""The planning room: what follows from laws, verdicts and observations for what is done next.

What belongs here: the kinds of plans beside allocations, one a file, and their mathematics. What does not:
reading declarations (``lab``), pages (``report``).
"""
