"""Stages of a piece of work: which one holds the others up, and what mending it would bring.

What belongs here: times of stages with their ends, in a row or side by side. What does not: contention and coherency
of one pool of workers (``throughput.shares``), resources (``resources``).

In a *sequence* one piece of work passes every stage in turn, and the time counts: a stage's effect is the speed-up
if it took no time, 1 / (1 - share) (Amdahl 1967). In a *pipeline* the stages work at once on different pieces, each
with its width, and the throughput counts: the slowest stage's width / time bounds it (the bottleneck law, Denning &
Buzen 1978, ACM Computing Surveys 10); mending it brings as much as the next slowest allows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scaling_assets.science.planning.amounts import Amount


@dataclass(frozen=True)
class Stage:
    """``time`` per piece of work in one unit for all stages; ``width`` pieces are worked on at once."""

    name: str
    time: Amount
    width: float = 1.0


@dataclass(frozen=True)
class Weighed:
    """A stage's weight: its share of the time (sequence) or the throughput it allows (pipeline).

    ``effect`` is what the whole gains if this stage were without limit, as a factor (None: nothing else limits).
    """

    stage: Stage
    weight: Amount
    effect: Amount
    is_bottleneck: str  # "yes", "no", "not identified"


def in_sequence(stages: Sequence[Stage]) -> list[Weighed]:
    """Stages of a sequence, the one with the largest share first.

    Raises:
        ValueError: a stage has no time.
    """
    weighed = []
    for stage in stages:
        others = [other.time for other in stages if other is not stage]
        share = _share(stage.time, others)
        weighed.append((stage, share, share.rising(_without)))
    return _judged(weighed, is_high=True)


def in_pipeline(stages: Sequence[Stage]) -> list[Weighed]:
    """Stages of a pipeline, the one that allows the least throughput first.

    Raises:
        ValueError: a stage has no time.
    """
    rates = {stage.name: _rate(stage) for stage in stages}
    slowest = min(stages, key=lambda s: _value(rates[s.name]))
    weighed = []
    for stage in stages:
        rest = [_value(rates[other.name]) for other in stages if other is not stage]
        now = _value(rates[slowest.name])
        gain = Amount(min(rest) / now if rest else None, method="the next slowest stage over the slowest")
        weighed.append((stage, rates[stage.name], gain))
    return _judged(weighed, is_high=False)


def _rate(stage: Stage) -> Amount:
    """The throughput that a stage allows: width / time."""
    _value(stage.time)
    return stage.time.falling(lambda time: stage.width / time)


def _judged(weighed: list[tuple[Stage, Amount, Amount]], *, is_high: bool) -> list[Weighed]:
    """Order by weight; a stage is the bottleneck when its interval lies apart from all others'."""
    sign = 1 if is_high else -1
    ordered = sorted(weighed, key=lambda w: -sign * _value(w[1]))
    found = []
    for stage, weight, effect in ordered:
        others = [other for s, other, _ in weighed if s is not stage]
        if all(_apart(weight, other, sign) for other in others):
            verdict = "yes"
        elif any(_apart(other, weight, sign) for other in others):
            verdict = "no"
        else:
            verdict = "not identified"
        found.append(Weighed(stage, weight, effect, verdict))
    return found


def _apart(one: Amount, other: Amount, sign: int) -> bool:
    """True when ``one`` lies on the limiting side of ``other`` by their ends."""
    mine, theirs = (one.floor, other.ceiling) if sign > 0 else (one.ceiling, other.floor)
    return mine is not None and theirs is not None and (mine - theirs) * sign > 0


def _share(time: Amount, others: Sequence[Amount]) -> Amount:
    """t / (t + rest): its ends where this stage is quick and all others are slow, and the other way round."""

    def at(own: float | None, rest: list[float | None]) -> float | None:
        known = [r for r in rest if r is not None]
        return None if own is None or len(known) < len(rest) else own / (own + sum(known))

    value = at(_value(time), [_value(o) for o in others])
    if not any(t.is_known for t in (time, *others)):
        return replace(time, value=value)
    low = at(time.floor, [o.ceiling for o in others])
    high = at(time.ceiling, [o.floor for o in others])
    return replace(time, value=value, low=low, high=high)


def _without(share: float) -> float:
    return 1 / (1 - share) if share < 1 else float("inf")


def _value(amount: Amount) -> float:
    if amount.value is None or not amount.value > 0:
        raise ValueError("every stage needs a time above 0")
    return amount.value
