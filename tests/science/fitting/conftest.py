"""Where the published data are."""

import os
from pathlib import Path

import pandas as pd
import pytest


@pytest.fixture(scope="session")
def shared_data():
    folder = Path(os.environ.get("SCALING_SHARED_DATA", Path(__file__).parents[3] / "../shared/data"))

    def read(name: str) -> pd.DataFrame:
        if not (folder / name).is_file():
            pytest.skip(f"the published data file {name} is not on this machine (set SCALING_SHARED_DATA)")
        return pd.read_csv(folder / name)

    return read
