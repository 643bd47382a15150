"""The arm of the next unit in a block.

What lives here: the choice, a pure function of the counts so far and a seed. What does not: counting (the
store does it in the caller's transaction), the words for callers (``admit``).

Permuted blocks (Matts & Lachin 1988, Controlled Clinical Trials 9): units come in cycles that hold every arm
as often as its share. With equal shares that is the arm with the fewest units, ties at random. With unequal
shares the order within a cycle is uniform over those orders that keep every arm within one unit of its share
after every unit. Counts are of units assigned, not of runs landed: twenty callers who ask before the first
run lands must not all be sent to the same arm.

Random numbers are SHA-256 of seed, experiment, block and counts: the same on every machine and in every
version of every library, and no state to be kept or shared.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache


def next_arm(counts: Mapping[str, int], share: Mapping[str, int], key: Sequence[object]) -> str:
    """Return the arm of the next unit.

    Args:
        counts: units so far by arm, in this block; an arm that is not there has none.
        share: whole shares by arm without a common divisor, at least two arms.
        key: what the draw depends on beside the counts: seed, experiment, block.

    Where the counts cannot come from these shares (they were declared anew), the arms that are farthest
    behind come first.
    """
    names = list(share)
    have = [counts.get(name, 0) for name in names]
    whole = sum(share.values())
    cycle, n = divmod(sum(have), whole)
    left = tuple((cycle + 1) * share[name] - got for name, got in zip(names, have, strict=True))
    quota = tuple(share.values())
    if any(rest < 0 or rest > part for rest, part in zip(left, quota, strict=True)):
        behind = [(sum(have) + 1) * part - whole * got for got, part in zip(have, quota, strict=True)]
        weights = [int(b == max(behind)) for b in behind]
    elif set(quota) == {1}:
        weights = list(left)
    else:
        weights = [_completions(_less(left, i), quota, n + 1) if left[i] else 0 for i in range(len(names))]
        if not any(weights):  # within the cycle, but by a way that these shares would not have gone
            weights = [int(rest == max(left)) for rest in left]
    draw = _draw([*key, have]) % sum(weights)
    for name, weight in zip(names, weights, strict=True):
        draw -= weight
        if draw < 0:
            return name
    raise AssertionError("a draw lies below the sum of its weights")


def _less(left: tuple[int, ...], i: int) -> tuple[int, ...]:
    return (*left[:i], left[i] - 1, *left[i + 1 :])


@lru_cache(maxsize=200_000)
def _completions(left: tuple[int, ...], quota: tuple[int, ...], n: int) -> int:
    """How many orders of what is left of a cycle keep every arm within one unit of its share; n are placed."""
    whole = sum(quota)
    if any(abs((part - rest) * whole - n * part) > whole for rest, part in zip(left, quota, strict=True)):
        return 0
    if n == whole:
        return 1
    return sum(_completions(_less(left, i), quota, n + 1) for i, rest in enumerate(left) if rest)


def _draw(key: Sequence[object]) -> int:
    """A uniform whole number below 2**256; weights stay below 2**200, so that a remainder is uniform to 2**-56."""
    text = json.dumps(key, separators=(",", ":"), ensure_ascii=True)
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
