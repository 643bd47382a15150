"""``python -m scaling_assets.cli``: the same as ``scaling-assets``, where the script is not on the path."""

from scaling_assets.cli.main import run

run()
