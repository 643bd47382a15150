"""Which workload kinds there are: the list that declarations are checked against and tests run over."""

from scaling_assets.sweeps.duckdb_aggregation import DuckDBAggregation
from scaling_assets.sweeps.learning_curve import LearningCurve
from scaling_assets.sweeps.simulate import Simulate
from scaling_assets.sweeps.workload import WorkloadKind

WORKLOADS: dict[str, WorkloadKind] = {
    kind.name: kind for kind in (Simulate(), DuckDBAggregation(), LearningCurve())
}
