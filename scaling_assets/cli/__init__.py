"""The command ``scaling-assets``: one command a file, assembled in ``main``.

What belongs here: reading arguments, calling one use case of ``pipeline`` (or ``orchestration.launch``),
showing the answer. What does not: any decision or computation. Whatever a command needs beyond Typer is
imported inside it, so that ``--help`` answers at once.
"""
