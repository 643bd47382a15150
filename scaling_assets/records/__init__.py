"""Ground floor: the frozen records that every other room speaks in.

What belongs here: values without behaviour beyond their own consistency. What does not: reading,
computing, storing, showing. Imports nothing of the package but ``errors``.
"""
