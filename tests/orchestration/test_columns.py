"""The column schemas that the UI shows are those of the published views."""

from pathlib import Path

import pytest

from scaling_assets.orchestration.columns import COLUMNS, schema_of
from scaling_assets.store import open_store


@pytest.mark.parametrize("asset", COLUMNS)
def test_the_schema_shown_is_the_schema_published(asset: str, tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    store.prepare()
    store.publish()
    found = store.query(f"describe {asset}")
    published = list(zip(found["column_name"], found["column_type"], strict=True))
    assert [(c.name, c.type) for c in schema_of(asset).columns] == published
    assert all(c.description for c in schema_of(asset).columns)
