"""Kind ``compute_optimal``: how large a model, trained on how many tokens, for budgets of compute?

What lives here: the question, and the frontier of a Chinchilla-type law as tables. What does not: the optimum itself
(``allocation.compute_optimal``), plans with prices (``allocation``).

Budgets whose best model lies farther from the runs than the law may be asked get no number.
"""

from collections.abc import Mapping
from math import isfinite, isnan
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import Law
from scaling_assets.records.plan import LawReference
from scaling_assets.records.planned import ANSWERED, REFUSED, WAITING, Figure
from scaling_assets.science.allocation.compute_optimal import ComputeFrontier, OptimalPoint, Ranged, frontier
from scaling_assets.science.planning.kind import Answered, PlanCase, PlanKind, PlanQuestion
from scaling_assets.science.planning.referred import law_meant, reference_problems

FAMILY = "chinchilla"
SOURCE = "closed form of Hoffmann et al. 2022, approach 3"
SERVING = "root of the lifetime cost of Sardana et al. 2023, equation 1"


class ComputeOptimalQuestion(PlanQuestion):
    """Budgets of ``compute`` in FLOP, C = 6 N D, and tokens ``served`` over the model's life (2 N each).

    The law's first axis counts parameters, its second tokens, one by one (not in millions).
    """

    law: LawReference
    compute: Annotated[tuple[Annotated[float, Field(gt=0)], ...], Field(min_length=1, max_length=100)]
    served: Annotated[float, Field(ge=0)] = 0.0
    kind: Literal["compute_optimal"] = "compute_optimal"

    @property
    def meant(self) -> LawReference:
        """The law that is asked: of the Chinchilla family where none is named."""
        return self.law if self.law.family else self.law.model_copy(update={"family": FAMILY})


def experiments(question: ComputeOptimalQuestion) -> tuple[str, ...]:
    """The law's experiment."""
    return (question.law.experiment,)


def problems(question: ComputeOptimalQuestion, declared: Mapping[str, Experiment]) -> list[str]:
    """What the reference names in vain, and a family that has no such frontier."""
    if question.meant.family != FAMILY:
        return [f"{question.law.family!r} has no compute-optimal frontier; only {FAMILY} has"]
    return reference_problems(question.meant, declared)


def answer(case: PlanCase) -> Answered:
    """N*, D* and their ratio for each budget, with intervals over the law's draws."""
    question: ComputeOptimalQuestion = case.question
    law = law_meant(question.meant, case.laws)
    if isinstance(law, str):
        return Answered(WAITING, "no law to ask yet", law, f"Run {question.law.experiment}.")
    budgets = np.array(sorted(question.compute))
    found = frontier(law, budgets, served=question.served, level=question.level)
    told = [p for p in found.points if not p.is_refused and not isnan(p.parameters.value)]
    method = f"{SERVING if question.served else SOURCE}; quantiles of {found.n_draws} parameter draws"
    declared = case.experiments.get(law.experiment)
    unit = declared.metric(law.metric).unit if declared else ""
    figures = [f for point in found.points for f in _cells(law, unit, point)] + _growth(found)
    remedy = "" if len(told) == len(budgets) else _remedy(found)
    if not told:
        status, headline = REFUSED, "no budget has its best model within what the law may be asked"
    else:
        status, headline = ANSWERED, _headline(told[-1])
    return Answered(
        status, headline, _served(question.served), remedy, tuple(figures), (law.law_id,), found.level, method,
        law.is_simulated,
    )  # fmt: skip


def _cells(law: Law, unit: str, point: OptimalPoint) -> list[Figure]:
    item = f"{point.compute:.4g} FLOP"
    if isnan(point.parameters.value):
        return [Figure("frontier", item, "parameters", text="an exponent is 0", status="not identified")]
    if point.is_refused:
        why = f"the form's best model lies beyond {law.extrapolation_limit:g} times the measured parameters or tokens"
        return [Figure("frontier", item, "parameters", text=why, status="refused")]
    where = "beyond the runs" if point.is_extrapolated else ""
    columns = (
        ("parameters", point.parameters, "parameters", where),
        ("tokens", point.tokens, "tokens", ""),
        ("tokens_per_parameter", point.tokens_per_parameter, "tokens/parameter", ""),
        (law.metric, point.loss, unit, ""),
    )
    return [_figure("frontier", item, name, value, unit, status) for name, value, unit, status in columns]


def _growth(found: ComputeFrontier) -> list[Figure]:
    """How N* and D* grow with compute; serving bends both, so that the exponents are those without it."""
    told = "without serving" if found.served else ""
    pairs = (("parameters", found.parameter_exponent), ("tokens", found.token_exponent))
    return [_figure("growth", item, "exponent of compute", value, "1", told) for item, value in pairs]


def _figure(part: str, item: str, name: str, found: Ranged, unit: str, status: str) -> Figure:
    low, high = (end if isfinite(end) else None for end in (found.low, found.high))
    value = None if isnan(found.value) else found.value
    return Figure(part, item, name, value, low, high, unit, status=status)


def _headline(point: OptimalPoint) -> str:
    return (
        f"{point.compute:.4g} FLOP: {point.parameters.value:.3g} parameters on {point.tokens.value:.3g} tokens, "
        f"{point.tokens_per_parameter.value:.3g} tokens a parameter"
    )


def _served(tokens: float) -> str:
    return f"with {tokens:.3g} tokens served, which make the best model smaller" if tokens else ""


def _remedy(found: ComputeFrontier) -> str:
    if any(isnan(p.parameters.value) for p in found.points):
        return "An exponent on its bound leaves no inner optimum: measure a wider range of that axis."
    refused = [p for p in found.points if p.is_refused]
    ends = f"{refused[0].compute:.4g}" + (f" to {refused[-1].compute:.4g}" if len(refused) > 1 else "")
    return (
        f"For {ends} FLOP measure models nearer to the budget, or declare an extrapolation_limit that you can "
        "defend."
    )


KIND = PlanKind(
    "compute_optimal",
    "Compute-optimal models",
    "The best model size and number of training tokens for budgets of compute, with intervals over the law's draws, "
    "where wanted with the tokens that the model will serve.",
    ComputeOptimalQuestion,
    experiments,
    problems,
    answer,
)
