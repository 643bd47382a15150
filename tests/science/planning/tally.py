"""A plan kind for tests: which exponent does a law have. One module, as every kind is."""

from collections.abc import Mapping

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.plan import LawReference
from scaling_assets.records.planned import ANSWERED, WAITING, Figure
from scaling_assets.science.planning import Answered, PlanCase, PlanKind, PlanQuestion
from scaling_assets.science.planning.referred import law_meant, reference_problems


class TallyQuestion(PlanQuestion):
    """Whose exponent, and from which allocation it is told beside it."""

    law: LawReference
    beside: str | None = None


def experiments(question: TallyQuestion) -> tuple[str, ...]:
    """The law's experiment."""
    return (question.law.experiment,)


def problems(question: TallyQuestion, declared: Mapping[str, Experiment]) -> list[str]:
    """What the reference names in vain."""
    return reference_problems(question.law, declared)


def answer(case: PlanCase) -> Answered:
    """The exponent, with the number of trials."""
    law = law_meant(case.question.law, case.laws)
    if isinstance(law, str):
        return Answered(WAITING, "no exponent yet", law, "Run the experiment.")
    exponent = law.parameter("exponent")
    trials = len(case.trials[law.experiment])
    figures = (
        Figure("exponents", law.experiment, "exponent", exponent.value, exponent.low, exponent.high,
               "1", f"a <b>power</b> | of {law.axes[0]}", "identified", exponent.method),
        Figure("exponents", law.experiment, "trials", float(trials), unit="runs"),
        Figure("plans", "read", "allocations", float(len(case.allocations))),
    )  # fmt: skip
    return Answered(
        ANSWERED, f"the exponent is {exponent.value:.2f}", f"as of {case.today or 'any day'}", figures=figures,
        law_ids=(law.law_id,), level=exponent.level, method="as fitted", is_simulated=law.is_simulated,
    )  # fmt: skip


KIND = PlanKind(
    "tally", "Exponents told", "Answers to plans of the kind tally, which tell the exponent of a law each.",
    TallyQuestion, experiments, problems, answer,
    plans=lambda question: (question.beside,) if question.beside else (),
    is_dated=lambda question: question.title == "Dated",
)  # fmt: skip
