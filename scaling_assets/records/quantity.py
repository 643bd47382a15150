"""Amounts and prices as people write them: "100k tokens", "0.02 usd per 1k tokens".

What belongs here: reading such a text into exact numbers with their units, and saying what is wrong with
one. What does not: what is bought (``plan``), printed numbers of documents (``printed``).
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

_NUMBER = r"[+-]?(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?"
_MULTIPLES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "B": 10**9, "T": 10**12}
_AMOUNT = re.compile(rf"({_NUMBER})\s*([kMGBT]?)(?:\s+(\S.*))?")
_PRICE = re.compile(rf"({_NUMBER})\s+(\S+)\s+(?:per|/)\s+(?:({_NUMBER})?\s*([kMGBT](?=\s))?\s*)(\D.*)")


@dataclass(frozen=True)
class Amount:
    """A number with its unit; the unit is "" where none was written."""

    value: Fraction
    unit: str


@dataclass(frozen=True)
class Price:
    """``cost`` of ``currency`` buys ``per`` of ``unit``."""

    cost: Fraction
    currency: str
    per: Fraction
    unit: str


def read_amount(text: str) -> Amount:
    """Read "100k tokens", "2.5 usd", "1e9 parameters".

    Raises:
        ValueError: it is no number with a unit.
    """
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no amount: write a number and its unit, like '100k tokens'")
    return Amount(_exact(match[1]) * _MULTIPLES[match[2]], (match[3] or "").strip())


def read_price(text: str) -> Price:
    """Read "0.02 usd per 1k tokens", "3 usd per agent", "2 usd / 1e18 FLOP".

    Raises:
        ValueError: it is no price.
    """
    match = _PRICE.fullmatch(text.strip())
    per = Fraction(0) if match is None else _exact(match[3] or "1") * _MULTIPLES[match[4] or ""]
    if match is None or per <= 0:
        raise ValueError(f"{text!r} is no price: write it like '0.02 usd per 1k tokens'")
    cost = _exact(match[1])
    if cost < 0:
        raise ValueError(f"{text!r} is below zero: a price is not")
    return Price(cost, match[2], per, match[5].strip())


def _exact(text: str) -> Fraction:
    return Fraction(Decimal(text.replace("_", "")))
