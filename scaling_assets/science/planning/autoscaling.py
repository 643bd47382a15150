"""How many workers for a queue of this depth: a table of thresholds, with a gap between up and down.

What belongs here: the rule and what it recommends. What does not: how much n workers do (``throughput``,
``queueing``), running anything.

Work is served in its order, so the last of Q waiting starts when Q others have been taken: after Q / X(n). Turned
round, n workers keep a wait of at most t up to a depth of X(n) t, X taken by its lower end with the margin off. That
holds while more arrives, for what waits now; that the queue does not grow needs the arrival rate below X(n) as well
(or below the rate at which n workers keep the service level). *Up* at once, to the smallest number that keeps both.
*Down* only when depth and rate lie below (1 - hysteresis) times what the smaller number keeps: without a gap a queue
at the threshold would add and remove the same worker again and again.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Capable:
    """What ``workers`` are sure to do: start ``speed`` pieces of work a unit of time, stand an arrival ``rate``."""

    workers: float
    speed: float
    rate: float


@dataclass(frozen=True)
class Step:
    """One line of the rule: more workers above depth ``up_above`` or rate ``rate``; fewer below the other two.

    ``down_below`` and ``down_rate`` are None on the first line: there is no smaller number.
    """

    workers: float
    up_above: float
    rate: float
    down_below: float | None
    down_rate: float | None


@dataclass(frozen=True)
class Rule:
    """The lines, ascending. ``longest_wait`` is the promise they keep, in the unit of time of speeds and rates."""

    steps: tuple[Step, ...]
    longest_wait: float
    hysteresis: float

    def recommended(self, depth: float, rate: float, now: float) -> float | None:
        """The number of workers for a queue of this depth with this arrival rate; None when no number keeps both.

        ``now`` is the number at work. Never fewer than needed, never more than now unless they are needed.
        """
        needed = next((s for s in self.steps if depth <= s.up_above and rate <= s.rate), None)
        if needed is None:
            return None
        if needed.workers >= now:
            return needed.workers
        kept = 1 - self.hysteresis
        return next(
            s.workers
            for s in self.steps
            if s.workers >= now or (depth < kept * s.up_above and rate < kept * s.rate)
        )


def rule_of(able: Sequence[Capable], longest_wait: float, hysteresis: float) -> Rule:
    """The rule over numbers of workers in ascending order; a number that is no better than a smaller one is left out.

    Raises:
        ValueError: no number of workers does anything, or the hysteresis is not between 0 and 1.
    """
    if not 0 < hysteresis < 1:
        raise ValueError("the hysteresis lies between 0 and 1")
    better: list[Capable] = []
    for one in able:
        if one.speed > 0 and one.rate > 0 and all(one.speed > b.speed and one.rate > b.rate for b in better):
            better.append(one)
    if not better:
        raise ValueError("no number of workers is sure to do anything")
    steps = []
    for i, one in enumerate(better):
        less = better[i - 1] if i else None
        down, rate = (None, None) if less is None else (
            (1 - hysteresis) * less.speed * longest_wait, (1 - hysteresis) * less.rate
        )  # fmt: skip
        steps.append(Step(one.workers, one.speed * longest_wait, one.rate, down, rate))
    return Rule(tuple(steps), longest_wait, hysteresis)
