"""Columns checked whole give exactly what the cell-by-cell checks give, whatever is wrong with some cells."""

import io
import random
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scaling_assets.ingest.problems import Batch
from scaling_assets.ingest.rows import check_rows
from scaling_assets.records.experiment import Experiment

#: What may stand in a cell of a column with a type of its own, good and bad.
CELLS: dict[str, tuple[pa.DataType, tuple[Any, ...]]] = {
    "run_id": (pa.string(), ("r1", " r2 ", "", None, "x" * 1_001, "nul\x00", "Ω")),
    "seed": (pa.int64(), (42, 123, 7, None)),
    "step": (pa.int64(), (0, 1, None, -(2**63))),
    "condition": (pa.string(), ("A", "B", "C", None)),
    "agents": (pa.float64(), (1.0, 64.0, 65.0, 0.0, -1.0, None, float("nan"), float("inf"))),
    "task": (pa.string(), ("low", "mid", "other", None)),
    "tokens": (pa.float64(), (1.0, 2.5, -1.0, None, 1e300, float("nan"))),
    "is_merged": (pa.bool_(), (True, False, None)),
    "is_simulated": (pa.bool_(), (False, True, None)),
    "note": (pa.string(), ("n", None, "  ")),
    "accuracy": (pa.float32(), (0.5, 1.0, 1.5, None)),
    "loss": (pa.int32(), (3, None)),
    "observed_at": (pa.timestamp("us", tz="Europe/Berlin"), (pd.Timestamp("2026-03-01T12:00Z"), None)),
    "ended_at": (pa.timestamp("ms"), (pd.Timestamp("2026-03-01T12:00"), None)),
}


def drawn(seed: int, rows: int, spoiled: float) -> pa.Table:
    rng = random.Random(seed)
    columns = {
        name: pa.array(
            [rng.choice(values) if rng.random() < spoiled else values[0] for _ in range(rows)], type=kind
        )
        for name, (kind, values) in CELLS.items()
    }
    return pa.table(columns)


def batches(table: pa.Table) -> tuple[Batch, Batch]:
    """The same rows with their Arrow types, and as Python cells alone."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    back = pq.read_table(io.BytesIO(buffer.getvalue()))
    columns, lines = back.to_pydict(), range(1, back.num_rows + 1)
    return Batch(columns, lines, str, back), Batch(columns, lines, str)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("key", [(), ("run_id", "step")], ids=["no key", "key"])
def test_whole_columns_and_single_cells_agree(
    experiment: Experiment, seed: int, key: tuple[str, ...]
) -> None:
    declared = experiment.model_copy(update={"key": key})
    whole, cells = batches(drawn(seed, 60, spoiled=(0.0, 0.02, 0.2)[seed % 3]))
    (mine, rejected), (theirs, refused) = check_rows(declared, whole), check_rows(declared, cells)
    assert rejected == refused
    assert (mine is None) == (theirs is None)
    if mine is not None and theirs is not None:
        assert mine.has_key == theirs.has_key
        pd.testing.assert_frame_equal(mine.rows, theirs.rows)


def test_most_rows_need_no_look_at_their_cells(experiment: Experiment) -> None:
    from scaling_assets.ingest.expected import expected_columns
    from scaling_assets.ingest.whole import check_whole

    table = drawn(1, 200, spoiled=0.0)
    found = check_whole(expected_columns(experiment).values(), table, is_simulated=False)
    assert found is not None and not found.suspected.any()
    wrong = table.set_column(0, "run_id", pa.array(range(200)))
    assert check_whole(expected_columns(experiment).values(), wrong, is_simulated=False) is None
