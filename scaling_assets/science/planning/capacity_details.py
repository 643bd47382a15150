"""The further tables of a capacity plan: concurrency, bottlenecks, resources, stages, speed-up, the scaling rule.

What belongs here: what was computed, as cells. What does not: computing it, growth (``capacity_tables``).
"""

from math import isfinite

import numpy as np

from scaling_assets.records.planned import Figure
from scaling_assets.science.comparing.knee import Step, knee
from scaling_assets.science.gates.compare import number
from scaling_assets.science.laws import concurrency
from scaling_assets.science.planning.amounts import Amount, from_draws
from scaling_assets.science.planning.capacity_limits import Limits
from scaling_assets.science.planning.capacity_question import CapacityQuestion, StatedTable
from scaling_assets.science.planning.capacity_reads import Reads
from scaling_assets.science.planning.capacity_tables import PERCENT, cell
from scaling_assets.science.planning.declared_limits import Curve
from scaling_assets.science.planning.resources import (
    by_law,
    first_at,
    first_to_saturate,
    implied_exponent,
    periods_until,
)
from scaling_assets.science.planning.stages import Stage, in_pipeline, in_sequence
from scaling_assets.science.planning.throughput import Throughput


def concurrency_table(question: CapacityQuestion, found: Limits) -> list[Figure]:
    """Where throughput is highest, where more is hardly worth it, and what the response allows."""
    law, curve = found.throughput, question.curve
    if law is None or curve is None:
        return []
    axis, part, peak = law.law.axes[0], "optimal_concurrency", law.peak()
    status = (
        "not identified" if peak.value is None else "extrapolated" if peak.value > law.measured_to else ""
    )
    figures = [cell(part, "highest throughput", axis, peak, "", peak.distance or peak.reason, status)]
    if peak.value is not None:
        there = law.at(peak.value)
        figures.append(cell(part, "highest throughput", "throughput", there, question.unit, there.distance))
    if law.estimate[2] <= 0 and law.estimate[1] > 0:
        end = _endless(law)
        figures.append(
            cell(part, "without end", "throughput", end, question.unit, "gamma / sigma at endless N: outside every "
                 "measurement, no forecast")
        )  # fmt: skip
    if found.admitted is not None and found.admitted.allowed is not None and curve.response is not None:
        allowed, sure = found.admitted.allowed, found.admitted.sure
        item = f"response of {number(curve.response, question.time_unit)}"
        said = allowed.reason or allowed.distance
        if sure is not None:
            said = f"{said}; sure up to {sure:.4g}".removeprefix("; ")
        figures.append(cell(part, item, axis, allowed, "", said))
    if curve.knee is not None:
        figures.append(_knee(part, axis, curve, law, question.level))
    return figures


def _endless(law: Throughput) -> Amount:
    gamma, sigma, _ = law.estimate
    drawn = concurrency.limit(law.draws[0], np.maximum(law.draws[1], 0.0))
    return from_draws(gamma / sigma, drawn, law.level, f"draws of the {law.method}")


def _knee(part: str, axis: str, curve: Curve, law: Throughput, level: float) -> Figure:
    asked = curve.knee
    assert asked is not None  # the caller asks only then
    step = Step(add=asked.add, times=asked.times)
    found = knee(law.law, step=step, share=asked.share, higher_is_better=True, level=level)
    more = f"{asked.add:g} more" if asked.add is not None else f"{asked.times:g}x as many"
    text = found.reason or f"from here on {more} gain less than {asked.share:.0%} of what can be gained"
    status = "" if found.value is not None else "not identified"
    method = f"knee of the {law.method}"
    return Figure(part, "knee", axis, found.value, found.low, found.high, "", text, status, method)


def bottleneck_table(question: CapacityQuestion, found: Limits) -> list[Figure]:
    """How work spends its time at today's N and at the peak: alone, waiting for others, agreeing with them."""
    law, curve = found.throughput, question.curve
    if law is None or curve is None:
        return []
    part, places = "bottleneck", {}
    today = curve.units.now if curve.units else curve.at
    if today is not None and law.may_be_asked(today):
        places[f"at {today:g}, today"] = today
    peak = law.peak().value
    if peak is not None:
        places[f"at {peak:.4g}, the peak"] = peak
    if not places:
        places[f"at {law.law.domain[0][1]:g}, the largest measured"] = law.law.domain[0][1]
    figures = []
    for column, n in places.items():
        for name, share in law.shares(n).items():
            figures.append(cell(part, name, column, share.times(100), PERCENT, law.distance(n)))
        who, sure = law.limited_by(n)
        figures.append(Figure(part, "costs most", column, status=who, text=f"{sure:.0%} of draws agree"))
    return figures


def resource_tables(question: CapacityQuestion, reads: Reads, found: Limits) -> list[Figure]:
    """Use of each resource by load level, which is used up first, at which load and when."""
    figures: list[Figure] = []
    load = found.load.value
    if not found.resources or load is None:
        return figures
    for resource in found.resources:
        for level in question.levels:
            use = resource.use(level * load)
            status = ""
            if use.value is not None:
                over_low = use.floor is not None and use.floor > resource.limit
                kept = use.ceiling is not None and use.ceiling <= resource.limit
                status = "over" if over_low else "" if kept else "undecided"
            text = use.reason if use.value is None else use.distance
            figures.append(cell("resources", resource.name, f"{level:g}x", use, resource.unit, text, status))
        figures.append(Figure("resources", resource.name, "limit", resource.limit, unit=resource.unit))
    saturations = {r.name: r.saturation for r in found.resources}
    first, why = first_to_saturate(saturations)
    ordered = sorted(saturations, key=lambda n: (saturations[n].value is None, saturations[n].value or 0.0))
    trends = {r.name: r.trend for r in question.resources if r.trend is not None}
    for name in ordered:
        at = saturations[name]
        status = (
            "" if name not in first or len(ordered) == 1 else "first" if len(first) == 1 else "may be first"
        )
        figures.append(
            cell("first_to_saturate", name, "at_load", at, question.unit, at.reason or at.distance, status)
        )
        if question.pace is not None and at.value is not None:
            until = periods_until(at, load, question.pace.share)
            text = f"{question.pace.share:.0%} more load a {question.pace.period}"
            figures.append(cell("first_to_saturate", name, f"{question.pace.period}s", until, "", text))
        if name in trends:
            figures.append(_by_trend(question, reads, found, name))
    if len(ordered) > 1:
        figures.append(Figure("first_to_saturate", ordered[0], "why", text=why))
    return figures


def _by_trend(question: CapacityQuestion, reads: Reads, found: Limits, name: str) -> Figure:
    """Periods from the last measured one until the law of use over time reaches the limit."""
    declared = next(r for r in question.resources if r.name == name)
    assert declared.trend is not None  # the caller asks only then
    law = reads.law(declared.trend)
    last = law.domain[0][1]
    at = first_at(law, declared.limit, question.level)
    left = at.rising(lambda end: max(end - last, 0.0))
    text = at.reason or f"after {law.axes[0]} {last:g}, the last measured; {at.distance}"
    return cell("first_to_saturate", name, f"{law.axes[0]}s_by_trend", left, "", text)


def stage_table(question: CapacityQuestion, reads: Reads) -> list[Figure]:
    """A row a stage, the one that weighs most first."""
    asked = question.stages
    if asked is None:
        return []
    stages = [
        Stage(name, reads.number(time), asked.widths.get(name, 1.0)) for name, time in asked.times.items()
    ]
    is_row = asked.arrangement == "sequence"
    figures = []
    for weighed in in_sequence(stages) if is_row else in_pipeline(stages):
        name, weight = weighed.stage.name, weighed.weight
        figures.append(cell("stages", name, "time", weighed.stage.time, asked.unit))
        if is_row:
            figures.append(cell("stages", name, "share_of_time", weight.times(100), PERCENT))
        else:
            figures.append(cell("stages", name, "allows", weight, f"1/{asked.unit}" if asked.unit else ""))
        gain = weighed.effect
        if gain.value is not None and isfinite(gain.value):
            text = "faster, if it took no time" if is_row else "more, if it were without limit"
            figures.append(cell("stages", name, "effect", gain, "x", text))
        figures.append(Figure("stages", name, "bottleneck", status=weighed.is_bottleneck))
    return figures


def stated_tables(question: CapacityQuestion, reads: Reads) -> list[Figure]:
    """What a document states by level, how it grows with the level, and whether a law agrees."""
    figures = []
    for table in question.tables:
        values = [reads.number(value) for value in table.values]
        for at, value in zip(table.at, values, strict=True):
            figures.append(cell("stated", table.name, f"at {at:g} {table.by}", value, table.unit))
            if at != table.at[0]:
                slope = implied_exponent((table.at[0], at), (values[0], value))
                text = "in proportion" if slope.value is not None and abs(slope.value - 1) < 1e-9 else ""
                figures.append(cell("stated", table.name, f"exponent to {at:g}", slope, "", text))
        if table.law is not None:
            figures += _against(question, reads, table, values)
    return figures


def _against(
    question: CapacityQuestion, reads: Reads, table: StatedTable, values: list[Amount]
) -> list[Figure]:
    assert table.law is not None  # the caller asks only then
    law = by_law(table.name, table.unit, reads.law(table.law), 1.0, question.level)
    figures = []
    for at, value in zip(table.at, values, strict=True):
        said = law.use(at)
        status = "refused"
        if said.value is not None and said.low is not None and said.high is not None:
            low, high = value.floor, value.ceiling
            apart = (low is not None and low > said.high) or (high is not None and high < said.low)
            status = "inconsistent" if apart else "consistent"
        text = said.reason or said.distance
        figures.append(
            cell("stated", table.name, f"law at {at:g} {table.by}", said, table.unit, text, status)
        )
    return figures
