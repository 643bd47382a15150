"""Kind ``improvement``: is the treatment better by at least a declared share?

What lives here: the "+10 %" rule, decided by the bound of the ratio of the arms (delta method on its
logarithm), not by the point. What does not: the comparison (``comparison``).
"""

from typing import Annotated

from pydantic import Field

from scaling_assets.records.experiment import Experiment, Gate
from scaling_assets.science.gates.compare import Compared
from scaling_assets.science.gates.comparison import Arms, directed, judge_claim, problems
from scaling_assets.science.gates.gate import Case, Finding, GateKind


class ImprovementSettings(Arms):
    """``by`` is the share: 0.1 asks for a ratio above 1.10, or below 0.90 where lower is better."""

    by: Annotated[float, Field(ge=0, lt=1)] = 0.1


def judge(case: Case, settings: ImprovementSettings) -> list[Finding]:
    """One finding a group."""
    lower = case.experiment.metric(settings.metric).direction == "lower"
    claim = Compared(operator="<" if lower else ">", threshold=1 - settings.by if lower else 1 + settings.by)
    return judge_claim(case, settings, "ratio", claim)


def declared_problems(experiment: Experiment, gate: Gate, settings: ImprovementSettings) -> list[str]:
    """Names that the experiment does not declare, or a metric that knows no better."""
    found = problems(experiment, gate, settings)
    if found:
        return found
    metric = experiment.metric(settings.metric)
    if metric.kind in ("quantile", "count"):
        return [f"'metric' {metric.name!r} is of kind {metric.kind}, and ratios need a value, rate or ratio"]
    return directed(metric)


KIND = GateKind(
    "improvement", "Better by at least a share", ImprovementSettings, judge, declared_problems, looks="any"
)
