"""Kind ``non_inferiority``: is the treatment not worse than the control by more than a margin?

What lives here: the claim behind "maintained". What does not: the comparison (``comparison``).
"""

from typing import Annotated

from pydantic import Field

from scaling_assets.records.experiment import Experiment, Gate
from scaling_assets.science.gates.compare import Compared
from scaling_assets.science.gates.comparison import Arms, directed, judge_claim, problems
from scaling_assets.science.gates.gate import Case, Finding, GateKind


class NonInferioritySettings(Arms):
    """``margin`` is the largest loss that does not matter, in the metric's unit, positive."""

    margin: Annotated[float, Field(gt=0)]


def judge(case: Case, settings: NonInferioritySettings) -> list[Finding]:
    """One finding a group."""
    lower = case.experiment.metric(settings.metric).direction == "lower"
    claim = Compared(operator="<" if lower else ">", threshold=settings.margin if lower else -settings.margin)
    return judge_claim(case, settings, "difference", claim)


def declared_problems(experiment: Experiment, gate: Gate, settings: NonInferioritySettings) -> list[str]:
    """Names that the experiment does not declare, or a metric that knows no better."""
    found = problems(experiment, gate, settings)
    return found or directed(experiment.metric(settings.metric))


KIND = GateKind(
    "non_inferiority",
    "Not worse by more than a margin",
    NonInferioritySettings,
    judge,
    declared_problems,
    looks="any",
)
