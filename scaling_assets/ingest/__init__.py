"""The world -> observations: files in, accepted and rejected rows out.

What belongs here: one file format a module (``READERS`` lists them), the landing folder, the checks
of rows against their declaration. What does not: keeping rows (``store``), deciding when (``pipeline``).
"""

from scaling_assets.ingest.formats import READERS
from scaling_assets.ingest.landing import Scan, hash_file, read_source, recognise, scan
from scaling_assets.ingest.reader import Limits

__all__ = ["READERS", "Limits", "Scan", "hash_file", "read_source", "recognise", "scan"]
