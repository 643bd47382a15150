"""Tables about language models: prices as listed, the blend, quotas, who takes what is over them.

What lives here: figures of a ``ModelUse``. What does not: its arithmetic (``pricing``).
"""

from collections.abc import Mapping
from typing import Protocol

from scaling_assets.records.amount import Amount, read_amount
from scaling_assets.records.planned import Figure
from scaling_assets.science.planning.costs import CostLine
from scaling_assets.science.planning.pricing import (
    ModelUse,
    QuotaUse,
    blend,
    quota_use,
    token_cost,
    tokens_bought,
    too_small,
)
from scaling_assets.science.planning.sheet import amount_of, figure, range_text
from scaling_assets.science.ranges.enclose import Range


class Money(Protocol):
    """What these tables read of a plan."""

    @property
    def currency(self) -> str:
        """Of prices."""

    @property
    def unit(self) -> str:
        """What is made."""

    @property
    def period(self) -> str:
        """Of quantities."""

    @property
    def period_hours(self) -> float:
        """How long a period is."""


def token_line(use: ModelUse | None, paid_by: str | None) -> dict[str, tuple[Amount, bool]]:
    """The cost line of the tokens, where they are stated and no other line pays for them."""
    found = token_cost(use) if use is not None and paid_by is None else None
    return {} if found is None else {"tokens": (amount_of(found), True)}


def tokens_missing(use: ModelUse | None, paid_by: str | None) -> tuple[str, ...]:
    """What the bill lacks of tokens: all of them where nobody stated how many, those of models without a price."""
    if use is None or paid_by is not None:
        return ()
    if read_amount(use.tokens_per_unit) is None:
        return ("tokens",)
    return tuple(f"tokens of {model}" for model in blend(use).missing)


def model_figures(
    plan: Money, use: ModelUse, quantities: Mapping[str, Amount], paid_by: CostLine | None
) -> list[Figure]:
    """All tables about models: ``quantities`` a period by case, ``paid_by`` the line that pays for tokens."""
    figures = _prices(plan, use)
    found = blend(use)
    of = use.prices
    method = f"price list {of.name}, version {of.version}, valid from {of.valid_from}, {of.source}"
    per = f"{plan.currency}/1M tokens"
    status = f"without {', '.join(found.missing)}" if found.missing else ""
    figures += [
        figure("blended_price", "mix", "in", found.input, per, status=status, method=method),
        figure("blended_price", "mix", "out", found.output, per, status=status, method=method),
        figure(
            "blended_price",
            "mix",
            "in_and_out",
            found.both,
            per,
            text=found.shown,
            status=status,
            method=method,
        ),
    ]
    tokens = read_amount(use.tokens_per_unit)
    if tokens is None:
        figures.append(Figure("blended_price", "mix", "tokens_per_unit", status="not stated"))
    bill = paid_by.amount(1.0) if paid_by is not None and paid_by.is_stated else None
    if bill is not None:
        bought = tokens_bought(use, bill)
        text = f"what {bill.text} {plan.currency} buy at the blended price"
        figures.append(figure("blended_price", "mix", f"tokens_a_{plan.period}", bought, "tokens", text=text))
    for name, units in quantities.items():
        for one in quota_use(use, units, plan.period_hours):
            figures += _quota(plan, name, one)
    if tokens is None:
        figures += [_largest(plan, use, i) for i in range(len(use.quotas))]
    return figures


def _prices(plan: Money, use: ModelUse) -> list[Figure]:
    per, found = f"{plan.currency}/1M tokens", []
    small = too_small(use)
    shares = {part.model: part.share for part in use.mix}
    for model in use.prices.models:
        for quantity, text in (("in", model.input_per_million), ("out", model.output_per_million)):
            amount = read_amount(text)
            found.append(
                Figure("prices", model.name, quantity, status="not stated")
                if amount is None
                else figure("prices", model.name, quantity, _range(amount), per)
            )
        role = shares.get(model.name, "fallback" if model.name in use.fallback else "")
        found.append(Figure("prices", model.name, "share", text=role))
        if model.context_tokens is not None:
            limit = read_amount(model.context_tokens)
            assert limit is not None
            status = "too small for the largest request" if model.name in small else ""
            found.append(figure("prices", model.name, "context", _range(limit), "tokens", status=status))
        if model.note:
            found.append(Figure("prices", model.name, "note", text=model.note))
    return found


def _quota(plan: Money, name: str, one: QuotaUse) -> list[Figure]:
    item = f"{name}: {one.quota.name}"
    words = {"feasible": "within the quota", "not feasible": "over the quota"}
    used = Range(100 * (one.used.value or 0.0), 100 * one.used.low, 100 * one.used.high)
    figures = [
        figure("quotas", item, "used", used, "%", text=one.shown, status=words.get(one.outcome, one.outcome)),
        figure("quotas", item, "enough_for", one.units_at_most, f"{plan.unit}/{plan.period}"),
    ]
    if one.over.high > 0:
        figures.append(figure("quotas", item, "over", one.over, "tokens/window"))
        for model, taken, price in one.taken:
            cost = (
                "price not stated" if price is None else f"at {range_text(price)} {plan.currency}/1M tokens"
            )
            figures.append(figure("quotas", item, f"taken_by_{model}", taken, "tokens/window", text=cost))
        status = (
            "not served"
            if one.unserved.low > 0
            else "may not be served"
            if one.unserved.high > 0
            else "all served"
        )
        figures.append(figure("quotas", item, "not_served", one.unserved, "tokens/window", status=status))
    return figures


def _largest(plan: Money, use: ModelUse, place: int) -> Figure:
    """What a quota lets through in a whole period, where nobody said how many tokens a unit takes."""
    quota = use.quotas[place]
    limit = read_amount(quota.tokens)
    assert limit is not None
    windows = plan.period_hours / quota.window_hours
    text = f"{limit.text} x {plan.period_hours:,.4g} h / {quota.window_hours:g} h; tokens per unit not stated"
    whole = Range(limit.value * windows, limit.low * windows, limit.high * windows)
    return figure(
        "quotas", quota.name, f"lets_through_a_{plan.period}", whole, "tokens", text=text, status="undecided"
    )


def _range(amount: Amount) -> Range:
    return Range(amount.value, amount.low, amount.high)
