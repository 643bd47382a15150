"""What language models cost: a versioned price list, a mix of models, quotas, and who takes what is over them.

What lives here: blended prices, tokens of a period, quota gates, overflow by fallback order. What does not: what a
model is worth (laws of quality), other costs (``costs``). Prices are per million tokens, in and out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field, model_validator

from scaling_assets.records.amount import Amount, AmountText, StatedAmount, read_amount, stated
from scaling_assets.records.calendar import Day
from scaling_assets.records.declared import Declared, Identifier
from scaling_assets.science.planning.feasible import FEASIBLE, enough
from scaling_assets.science.planning.sheet import Sheet, amount_of
from scaling_assets.science.ranges.enclose import Range

MILLION = 1_000_000


class ModelPrice(Declared):
    """One line of a price list. A bundled model costs 0 a token; ``note`` says what the bundle costs."""

    name: Identifier
    input_per_million: AmountText
    output_per_million: AmountText
    context_tokens: StatedAmount | None = None
    note: str = ""


class PriceList(Declared):
    """Prices as they stood: which list, which version, from which day, from where."""

    name: Identifier
    version: str
    valid_from: Day
    source: str
    models: Annotated[tuple[ModelPrice, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [model.name for model in self.models]
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise ValueError(f"model {', '.join(map(repr, twice))} is listed twice")
        return self

    def model(self, name: str) -> ModelPrice:
        """The line of this model; KeyError where it is not listed."""
        return {model.name: model for model in self.models}[name]


class MixShare(Declared):
    """The share of all tokens that a model takes."""

    model: Identifier
    share: StatedAmount


class Quota(Declared):
    """At most ``tokens`` in any window of ``window_hours``, over these models together."""

    name: Identifier
    models: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    tokens: StatedAmount
    window_hours: Annotated[float, Field(gt=0)]


class ModelUse(Declared):
    """How models are used. Shares are of tokens and add up to 100 %.

    ``tokens_per_unit`` counts in and out together, ``output_share`` is the part of them that comes out;
    ``peak_factor`` is the busiest window against the mean one; ``largest_request_tokens`` must fit into a model's
    context. What a quota does not let through goes to the models in ``fallback``, the first one first.
    """

    prices: PriceList
    mix: Annotated[tuple[MixShare, ...], Field(min_length=1)]
    tokens_per_unit: AmountText = "not stated"
    output_share: AmountText = "not stated"
    peak_factor: StatedAmount = "1"
    largest_request_tokens: StatedAmount | None = None
    quotas: tuple[Quota, ...] = ()
    fallback: tuple[Identifier, ...] = ()

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        shares = [stated(part.share) for part in self.mix]
        if any(not share.is_exact or not 0 <= share.value <= 1 for share in shares):
            raise ValueError("shares of a mix are exact, from 0 to 100 %")
        if abs(sum(share.value for share in shares) - 1) > 1e-9:
            raise ValueError(
                f"shares of the mix add up to {100 * sum(s.value for s in shares):g} %, not 100 %"
            )
        listed = {model.name for model in self.prices.models}
        named = [*(m.model for m in self.mix), *(m for q in self.quotas for m in q.models), *self.fallback]
        unknown = [name for name in dict.fromkeys(named) if name not in listed]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is not in the price list; listed: {', '.join(sorted(listed))}")
        output = read_amount(self.output_share)
        if output is not None and not 0 <= output.low <= output.high <= 1:
            raise ValueError("'output_share' is a share, from 0 to 100 %")
        if stated(self.peak_factor).low < 1:
            raise ValueError("'peak_factor' is 1 or more: the busiest window against the mean one")
        return self

    @property
    def output(self) -> Amount:
        """The part of tokens that comes out; anything where nobody said."""
        return read_amount(self.output_share) or Amount("0 to 100 %", 0.5, 0.0, 1.0, is_share=True)


@dataclass(frozen=True)
class Blend:
    """Price of a million tokens of the mix: in, out, and of both by ``output_share``. ``missing``: no price."""

    input: Range
    output: Range
    both: Range
    shown: str
    missing: tuple[str, ...]


def blend(use: ModelUse) -> Blend:
    """The blended price of the mix, per million tokens. Models without a stated price are missing from it."""
    missing = tuple(part.model for part in use.mix if not _is_priced(use.prices.model(part.model)))
    priced = [part for part in use.mix if part.model not in missing]
    sheet = _sheet(use, priced)
    into = " + ".join(f"{p.model}_share * {p.model}_in" for p in priced) or "0"
    out = " + ".join(f"{p.model}_share * {p.model}_out" for p in priced) or "0"
    sheet = Sheet(sheet.amounts, {"blend_in": into, "blend_out": out, "blend": BLEND})
    ranges = [sheet.range_of(name) for name in ("blend_in", "blend_out", "blend")]
    return Blend(ranges[0], ranges[1], ranges[2], f"in {sheet.shown(into)}; out {sheet.shown(out)}", missing)


BLEND = "blend_in + output_share * (blend_out - blend_in)"


def price_of(use: ModelUse, model: str) -> Range | None:
    """A model's own price per million tokens at the output share; None where it is not stated."""
    line = use.prices.model(model)
    if not _is_priced(line):
        return None
    sheet = _sheet(use, [MixShare(model=model, share="1")])
    return sheet.range_of(f"{model}_in + output_share * ({model}_out - {model}_in)")


@dataclass(frozen=True)
class QuotaUse:
    """A quota in the busiest window: ``needed`` tokens there, whether they fit, what is ``over``, who takes it.

    ``taken`` has for every fallback model what it takes at most in that window (tokens); ``unserved`` is what no
    model takes. ``units_at_most`` is the quantity a period up to which the quota suffices for certain.
    """

    quota: Quota
    needed: Range
    used: Range
    outcome: str
    over: Range
    taken: tuple[tuple[str, Range, Range | None], ...]
    unserved: Range
    units_at_most: Range
    shown: str


def quota_use(use: ModelUse, units: Amount, period_hours: float) -> list[QuotaUse]:
    """Every quota at a quantity a period; nothing where tokens per unit are not stated.

    The next fallback model takes what is left up to the quotas that cover it (less what its own share of the mix
    uses of them), the others take nothing unless the first is full.
    """
    tokens = read_amount(use.tokens_per_unit)
    if tokens is None:
        return []
    return [_quota(use, quota, tokens, units, period_hours) for quota in use.quotas]


def _quota(use: ModelUse, quota: Quota, tokens: Amount, units: Amount, period_hours: float) -> QuotaUse:
    sheet, needs = _demand(use, quota, tokens, units, period_hours)
    sheet = sheet.with_amounts(quota=stated(quota.tokens))
    needed, there = sheet.range_of(needs), sheet.range_of("quota")
    over = sheet.range_of(f"max({needs} - quota, 0)")
    left, taken = over, []
    for model in use.fallback:
        if model in quota.models:
            continue
        room = _room(use, model, tokens, units, period_hours)
        part = Sheet({"left": amount_of(left), "room": room}).range_of("min(left, room)")
        taken.append((model, part, price_of(use, model)))
        left = Sheet({"left": amount_of(left), "room": room}).range_of("max(left - room, 0)")
    each = needs.replace("units * ", "")
    return QuotaUse(
        quota, needed, sheet.range_of(f"({needs}) / quota"), enough(needed, there), over, tuple(taken), left,
        sheet.range_of(f"quota / ({each})"), sheet.shown(f"({needs}) / quota", as_share=True),
    )  # fmt: skip


def _demand(
    use: ModelUse, quota: Quota, tokens: Amount, units: Amount, period_hours: float
) -> tuple[Sheet, str]:
    """The tokens that a quota's models take in the busiest window, as a formula."""
    share = sum(stated(part.share).value for part in use.mix if part.model in quota.models)
    amounts = {
        "tokens": tokens, "units": units, "peak": stated(use.peak_factor),
        "covered": Amount(f"{100 * share:g} %", share, share, share, is_share=True),
        "window": _hours(quota.window_hours),
        "period": _hours(period_hours),
    }  # fmt: skip
    return Sheet(amounts), "units * tokens * covered * peak * window / period"


def _hours(hours: float) -> Amount:
    return Amount(f"{hours:,.4g} h", hours, hours, hours)


def _room(use: ModelUse, model: str, tokens: Amount, units: Amount, period_hours: float) -> Amount:
    """What the tightest quota over a fallback model still lets through in a window; no end without a quota."""
    rooms = []
    for quota in use.quotas:
        if model in quota.models:
            sheet, needs = _demand(use, quota, tokens, units, period_hours)
            rooms.append(sheet.with_amounts(q=stated(quota.tokens)).range_of(f"max(q - {needs}, 0)"))
    if not rooms:
        return Amount("no limit", float("inf"), float("inf"), float("inf"))
    return amount_of(min(rooms, key=lambda room: room.low))


def too_small(use: ModelUse) -> list[str]:
    """Models of the mix or the fallback whose context does not hold the largest request."""
    if use.largest_request_tokens is None:
        return []
    largest = stated(use.largest_request_tokens)
    names = dict.fromkeys([*(part.model for part in use.mix), *use.fallback])
    limits = [(name, use.prices.model(name).context_tokens) for name in names]
    asked = Range(largest.value, largest.low, largest.high)
    found = []
    for name, limit in limits:
        if limit is not None:
            holds = stated(limit)
            if enough(asked, Range(holds.value, holds.low, holds.high)) != FEASIBLE:
                found.append(name)
    return found


def token_cost(use: ModelUse) -> Range | None:
    """What the tokens of one unit cost by the mix; None where tokens per unit are not stated."""
    tokens = read_amount(use.tokens_per_unit)
    if tokens is None:
        return None
    both = amount_of(blend(use).both)
    return Sheet({"tokens": tokens, "blend": both}).range_of(f"tokens * blend / {MILLION}")


def tokens_bought(use: ModelUse, budget: Amount) -> Range:
    """How many tokens a bill buys at the blended price."""
    return Sheet({"bill": budget, "blend": amount_of(blend(use).both)}).range_of(f"bill / blend * {MILLION}")


def _is_priced(line: ModelPrice) -> bool:
    return (
        read_amount(line.input_per_million) is not None and read_amount(line.output_per_million) is not None
    )


def _sheet(use: ModelUse, parts: Sequence[MixShare]) -> Sheet:
    amounts = {"output_share": use.output}
    for part in parts:
        line = use.prices.model(part.model)
        amounts |= {
            f"{part.model}_share": stated(part.share),
            f"{part.model}_in": stated(line.input_per_million),
            f"{part.model}_out": stated(line.output_per_million),
        }
    return Sheet(amounts)
