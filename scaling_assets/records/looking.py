"""How often a gate is read, and which gates are read together: what keeps luck from passing one.

What belongs here: the declarations. What does not: the corrections (``science.testing``), judging.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from scaling_assets.records.declared import Declared, Identifier

#: More looks than this gain nothing over fewer, and their boundaries take seconds.
MOST_LOOKS = 400


def _or_its_name(schema: dict[str, Any]) -> None:
    """A plan that needs nothing else may be written as its name alone."""
    whole = dict(schema)
    schema.clear()
    schema["anyOf"] = [{"enum": ["fixed", "always_valid"]}, whole]


class Looks(Declared):
    """When a gate may be read; a gate's verdict is made anew whenever runs land.

    ``fixed``: once, at ``units`` (independent units; of the smaller arm in a comparison), and blocked before;
    without ``units`` it is read at any time and says nothing about repeated looks. ``always_valid``: at any
    time and as often as one likes, from ``first`` units on where that is given; the bounds are narrowest at about
    ``units`` (30). ``noise`` names what they rest on: "normal" values with unknown spread (or means of so many
    values, from ``first`` on, that they are nearly so), or values "bounded" by the metric's own bounds and nothing
    else (rates of single items are exact either way). ``group_sequential``: at ``first`` units, then
    every ``every`` units up to ``maximum``, the error spent by ``spending``.
    """

    model_config = ConfigDict(json_schema_extra=_or_its_name)

    plan: Literal["fixed", "always_valid", "group_sequential"] = "fixed"
    units: Annotated[int, Field(ge=1)] | None = None
    noise: Literal["normal", "bounded"] = "normal"
    spending: Literal["obrien_fleming", "pocock"] = "obrien_fleming"
    first: Annotated[int, Field(ge=2)] | None = None
    every: Annotated[int, Field(ge=1)] = 1
    maximum: Annotated[int, Field(ge=2, le=2_000)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: Any) -> Any:
        return {"plan": data} if isinstance(data, str) else data

    @model_validator(mode="after")
    def _plan_is_whole(self) -> Self:
        sequential = self.plan == "group_sequential"
        if sequential and (self.first is None or self.maximum is None or self.first > self.maximum):
            raise ValueError("'group_sequential' needs 'first' and 'maximum' units, first at most maximum")
        if sequential and (self.maximum or 0) - (self.first or 0) > MOST_LOOKS * self.every:
            raise ValueError(f"a plan has at most {MOST_LOOKS} looks: declare a larger 'every'")
        if not sequential and self.maximum is not None:
            raise ValueError("'maximum' belongs to 'group_sequential'")
        if self.plan == "fixed" and self.first is not None:
            raise ValueError("'first' belongs to 'group_sequential' and 'always_valid'")
        return self


class Multiplicity(Declared):
    """Gates that are read as one family: how likely may any of them pass by luck?

    ``holm`` and ``hochberg`` bound the chance of any false pass by ``level``, ``bh`` and ``by`` the expected
    share of false ones among the passes. ``gates`` names the members; all gates that have p-values, if none.
    """

    method: Literal["holm", "hochberg", "bh", "by", "none"] = "holm"
    level: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    gates: tuple[Identifier, ...] = ()
