"""What is asked about laws beside one another, and what was found.

What belongs here: the declaration under ``compare`` of a law question, and one finding. What does not: the
question itself (``question``), how findings are computed (``science.comparing``).
"""

from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from scaling_assets.records.declared import Declared, Identifier
from scaling_assets.records.law import Group


class KneeRule(Declared):
    """Where more of x is hardly worth it: one more step gains less than ``share`` of the achievable gain.

    A step adds ``add`` units of x or multiplies it by ``times``. For a law that grows for ever the achievable
    gain is that up to ``up_to`` (default: the largest measured x). ``better`` says which way is gain where the
    metric declares no direction.
    """

    share: Annotated[float, Field(gt=0, lt=1)]
    add: Annotated[float, Field(gt=0)] | None = None
    times: Annotated[float, Field(gt=1)] | None = None
    up_to: Annotated[float, Field(gt=0)] | None = None
    better: Literal["higher", "lower"] | None = None

    @model_validator(mode="after")
    def _one_step(self) -> Self:
        if (self.add is None) == (self.times is None):
            raise ValueError("a knee needs 'add' (units of x) or 'times' (a factor), exactly one of them")
        return self


class Compare(Declared):
    """What is looked at beyond each single law; an empty one asks for exponent classes and turns.

    ``contexts`` are columns of ``segment`` whose values are compared: interaction tests, partial pooling,
    every context predicted from the others. ``windows`` is a column of ``segment`` that orders runs in time.
    ``classes`` gives exponent classes by their upper ends, the highest without one (null). ``alpha`` is the
    chance of finding a difference where there is none.
    """

    contexts: tuple[Identifier, ...] = ()
    windows: Identifier | None = None
    knee: KneeRule | None = None
    classes: dict[str, float | None] = Field(default_factory=dict)
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.05

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.windows is not None and self.windows in self.contexts:
            raise ValueError(f"{self.windows!r} is named in 'contexts' and in 'windows'")
        ends = list(self.classes.values())
        finite = [end for end in ends[:-1] if end is not None]
        if ends and (ends[-1] is not None or len(finite) < len(ends) - 1 or finite != sorted(set(finite))):
            raise ValueError(
                "'classes' are listed from the lowest to the highest upper end, the last one null"
            )
        return self


@dataclass(frozen=True)
class LawFinding:
    """One answer about a law, or about laws of one question beside one another.

    ``subject`` says what was asked ("exponent_class", "turn", "knee", "interaction", "curve", "mean",
    "between_contexts", "new_context", "context", "left_out", "stability", "window", "drift"), ``name`` of which
    parameter or part, ``answer`` is the short result. ``value``, ``low``, ``high`` are None where there is no
    number; parts compared over contexts or time that can only be above 0 are natural logarithms, and ``method``
    says so.
    """

    experiment: str
    question: str
    metric: str
    group: Group
    family: str
    subject: str
    name: str
    answer: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    level: float | None = None
    p_value: float | None = None
    reason: str = ""
    method: str = ""
    is_simulated: bool = False
