"""Makes a new lab from the template that ships with the package."""

import re
import shutil
from pathlib import Path

from scaling_assets.errors import LabExists

TEMPLATE = Path(__file__).parent / "template"


def create_lab(root: Path) -> list[Path]:
    """Copy the starter lab into an empty or new directory; returns the files made, sorted.

    The lab is named after the directory.

    Raises:
        LabExists: the directory holds something, or is a file. Nothing was written.
    """
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise LabExists(path=root)
    made = []
    for source in sorted(path for path in TEMPLATE.rglob("*") if path.is_file()):
        target = root / source.relative_to(TEMPLATE)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        made.append(target)
    lab_file = root / "lab.toml"
    name = re.sub(r"[^a-z0-9_]+", "_", root.resolve().name.lower()).strip("_") or "my_lab"
    lab_file.write_text(lab_file.read_text(encoding="utf-8").replace("my_lab", name), encoding="utf-8")
    return made
