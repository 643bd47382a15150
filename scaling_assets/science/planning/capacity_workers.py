"""Tables about workers: speed-up from repeats in its three forms, and the rule that scales with the queue.

What belongs here: what was computed, as cells. What does not: computing it (``speedup``, ``autoscaling``).
"""

from dataclasses import replace
from math import isfinite

import numpy as np

from scaling_assets.records.planned import Figure
from scaling_assets.science.gates.compare import number
from scaling_assets.science.planning.amounts import Amount
from scaling_assets.science.planning.autoscaling import Capable, Rule, rule_of
from scaling_assets.science.planning.capacity_limits import Limits, promise_of
from scaling_assets.science.planning.capacity_question import CapacityQuestion
from scaling_assets.science.planning.capacity_reads import Missing, Reads
from scaling_assets.science.planning.capacity_tables import PERCENT, cell
from scaling_assets.science.planning.declared_limits import DeclaredUnits
from scaling_assets.science.planning.growth import Units
from scaling_assets.science.planning.queueing import largest_rate
from scaling_assets.science.planning.speedup import (
    amdahl_limit,
    efficiency,
    fraction_grows,
    from_form,
    ratio_of_means,
    serial_fraction,
    throughput_gain,
    time_reduction,
)

FIELLER = (
    "ratio of means over runs, Fieller with Satterthwaite's degrees of freedom, each row at the plan's level"
)
LONGEST = 60  # lines of a rule that people read


def speedup_table(question: CapacityQuestion, reads: Reads) -> list[Figure]:
    """A row a number of workers: speed-up, time reduction, throughput gain, efficiency, serial fraction, its limit."""
    asked = question.speedup
    if asked is None:
        return []
    if asked.stated is not None and asked.of_workers is not None:
        form, value = asked.stated
        stated = Amount(from_form(form, value), method=f"stated as {form.replace('_', ' ')}, without repeats")
        return [*_forms(asked.of_workers, stated), _limit(asked.of_workers, stated)]
    arms, is_time = reads.arms(asked)
    one, figures, fractions = arms.pop(1.0), [], []
    for workers, values in arms.items():
        above, below = (one, values) if is_time else (values, one)
        found = ratio_of_means(above, below, question.level)
        low = found.low if found.low is not None and found.low > 0 else None
        method = found.method if found.low is None else FIELLER
        amount = Amount(found.value, low, found.high, method, reason=found.reason)
        figures.append(
            Figure(
                "speed_up", f"{workers:g} workers", "runs", float(found.n[1]), text=f"and {found.n[0]} of one"
            )
        )
        figures += _forms(workers, amount)
        fractions.append(amount.falling(lambda s, n=workers: serial_fraction(s, n)))  # type: ignore[misc]
    if len(arms) == 1:
        figures.append(_limit(workers, amount))
    if len(fractions) > 1:
        first, last = ((f.low, f.high) for f in (fractions[0], fractions[-1]))
        figures.append(Figure("speed_up", f"{workers:g} workers", "trend", text=fraction_grows(first, last)))
    return figures


def _forms(workers: float, speedup: Amount) -> list[Figure]:
    item = f"{workers:g} workers"
    fraction = speedup.falling(lambda s: serial_fraction(s, workers))
    return [
        cell("speed_up", item, "speed_up", speedup, "x", speedup.reason),
        cell("speed_up", item, "time_reduction", speedup.rising(lambda s: 100 * time_reduction(s)), PERCENT),
        cell("speed_up", item, "throughput_gain", speedup.rising(lambda s: 100 * throughput_gain(s)), PERCENT),
        cell("speed_up", item, "efficiency", speedup.rising(lambda s: 100 * efficiency(s, workers)), PERCENT),
        cell("speed_up", item, "serial_fraction", fraction.times(100), PERCENT,
             "" if (fraction.value or 0) >= 0 else "below 0: more than perfect scaling"),
    ]  # fmt: skip


def _limit(workers: float, speedup: Amount) -> Figure:
    """Amdahl's limit of one number of workers; of several the curve says more."""
    limit = speedup.falling(lambda s: serial_fraction(s, workers)).falling(amdahl_limit)
    ends = [None if end is None or not isfinite(end) else end for end in (limit.value, limit.low, limit.high)]
    limit = replace(limit, value=ends[0], low=ends[1], high=ends[2])
    text = "endless workers, were the serial part all that limits; no forecast"
    return cell(
        "speed_up", f"{workers:g} workers", "limit", limit, "x", text if limit.value is not None else "none"
    )


def scaling_table(question: CapacityQuestion, found: Limits) -> list[Figure]:
    """The rule: a row a number of workers, with the depth and rate above which more are started, below which fewer.

    Raises:
        Missing: no number of workers is sure to do anything.
    """
    asked = question.scaling
    if asked is None:
        return []
    able, name = _able(question, found)
    try:
        rule = rule_of(able, asked.longest_wait, asked.hysteresis)
    except ValueError as what:
        raise Missing(f"scaling rule: {what}") from what
    figures = []
    for step in rule.steps:
        item = f"{name}: {step.workers:g}"
        figures.append(Figure("scaling_rule", item, "more_above_depth", step.up_above))
        figures.append(Figure("scaling_rule", item, "more_above_rate", step.rate, unit=question.unit))
        if step.down_below is not None and step.down_rate is not None:
            figures.append(Figure("scaling_rule", item, "fewer_below_depth", step.down_below))
            figures.append(Figure("scaling_rule", item, "and_below_rate", step.down_rate, unit=question.unit))
    return figures + _now(question, found, rule, name)


def _now(question: CapacityQuestion, found: Limits, rule: Rule, name: str) -> list[Figure]:
    asked = question.scaling
    assert asked is not None  # the caller asks only then
    wait = number(asked.longest_wait, question.time_unit)
    kept = (
        f"the last in line starts within {wait}; speeds by their lower end, {question.margin:.0%} kept free; "
        f"fewer only {asked.hysteresis:.0%} below what fewer keep"
    )
    figures = [Figure("scaling_now", "rule", "answer", text=kept)]
    if asked.depth is None or found.load.value is None:
        return figures
    now = (question.queue.units if question.queue else _curve_units(question)).now
    rate = found.load.ceiling if found.load.ceiling is not None else found.load.value
    to = rule.recommended(asked.depth, rate, now)
    text = f"{now:g} now, {asked.depth:g} waiting, {number(rate, question.unit)} arriving"
    status = "" if to is not None else "no number of workers keeps the wait: turn work away"
    return [*figures, Figure("scaling_now", f"recommended {name}", "answer", to, text=text, status=status)]


def _able(question: CapacityQuestion, found: Limits) -> tuple[list[Capable], str]:
    """What each number of workers is sure to do, from the queue where one is declared, else from the curve."""
    asked, queue, law = question.scaling, question.queue, found.throughput
    assert asked is not None  # the caller asks only then
    free = 1 - question.margin
    declared = queue.units if queue is not None else _curve_units(question)
    furthest = declared.now * LONGEST if law is None else law.furthest
    levels = _levels(declared, asked.fewest, furthest)
    if queue is None:
        assert law is not None  # the declaration's own rule
        low = np.maximum(np.nan_to_num(law.ends(levels)[1]), 0.0)
        return [
            Capable(float(n), float(x) * free, float(x) * free) for n, x in zip(levels, low, strict=True)
        ], declared.name
    time = found.service_time.ceiling if found.service_time else None
    if time is None:
        raise Missing("scaling rule: the service time has no upper end")
    promise = promise_of(queue)
    rates = [float(largest_rate(time, int(n), promise, queue.variability)) * free for n in levels]
    return [
        Capable(float(n), float(n) / time * free, rate) for n, rate in zip(levels, rates, strict=True)
    ], declared.name


def _levels(declared: DeclaredUnits, fewest: float, furthest: float) -> np.ndarray:
    """Numbers of workers in the declared steps, through today's, from ``fewest`` to the most; at most LONGEST."""
    below = int((declared.now - fewest) / declared.step + 1e-9)
    start = declared.now - max(below, 0) * declared.step
    levels = Units(declared.name, start, declared.most, declared.step).levels(furthest)
    if len(levels) > LONGEST:
        raise Missing(
            f"scaling rule: {len(levels)} numbers of workers are too many to read; declare a larger 'step'"
        )
    return levels


def _curve_units(question: CapacityQuestion) -> DeclaredUnits:
    assert question.curve is not None and question.curve.units is not None  # the declaration's own rule
    return question.curve.units
