"""What each unit amounted to in each cell: one table a experiment, column by column.

A trial is one unit (run, seed: what is independent) in one cell (dimension values, context,
condition) for one metric. Trials travel as a pandas frame with the columns of ``trial_columns``:

  metric       text     name of the declared metric
  unit         text     the unit's identity: its columns' values joined by '/'
  condition    text     or null
  seed         Int64    or null
  <dimension>  float64  one column each, the declared unit
  <context>    text     one column each, or null
  is_simulated bool
  n            int64    rows behind the trial
  value        float64  the unit's value by the metric's kind (see ``Metric``), NaN when undefined
  sd           float64  spread of the rows within the unit, NaN below two rows or for sums
  numerator, denominator  float64  the sums of rate, count and ratio metrics, else NaN
  sample       list of float64  kind quantile: the unit's values ascending, at most MAX_SAMPLE of
               them (equally spaced order statistics beyond that); else None
"""

from scaling_assets.records.experiment import Experiment

MAX_SAMPLE = 1_000
MEASURES = ("n", "value", "sd", "numerator", "denominator", "sample")


def trial_columns(experiment: Experiment) -> tuple[str, ...]:
    """All columns of the experiment's trial frame, in order."""
    return ("metric", "unit", "seed", *experiment.cell_columns, "is_simulated", *MEASURES)
