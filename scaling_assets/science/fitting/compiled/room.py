"""What a compiled row works on: its task, its memory, its points laid out in vectors.

What belongs here: sizes and places. What does not: the iteration (``rows``). Memory is handed about as pointers:
arrays are counted references, and a row of eight points takes less time than counting them.
"""

import math
from typing import NamedTuple

from scaling_assets.science.fitting.compiled.lanes import WIDTH, moved, pointer_to
from scaling_assets.science.fitting.compiled.losses import BINOMIAL, least_cost, part


class Task(NamedTuple):
    """What all rows share: addresses of the kernels, sizes, the loss and the residual scale by number."""

    look: int
    bend: int
    is_differenced: bool  # second derivatives by differences of the gradient
    p: int
    axes: int
    pairs: int
    loss: int
    share: float
    scale: int


class Room(NamedTuple):
    """Memory for one row, as pointers. Two states (here and tried) take turns in those that are there twice."""

    blocks: int  # vectors that the longest row needs
    u: int  # (2, p)
    theta: int  # (2, p)
    chain: int  # d theta / d u
    low: int
    high: int
    g: int
    length: int
    chart: int  # what goes on the diagonal of the system besides second derivatives of the sum
    held: int  # 1 for a parameter on its bound that wants to leave
    d: int
    step: int
    system: int  # (p, p)
    reduced: int  # (p, p)
    found: int  # (p + 1, max(p, pairs))
    wide: int
    z: int
    target: int
    weight: int
    least: int  # the cost of the best curve at each point, of likelihoods
    pull: int
    turn: int
    stiff: int
    unit: int
    column: int
    second: int
    y: int  # (2, points), as all that follow
    eta: int
    slope: int
    dy: int
    dr: int


def vectors_needed(p: int, axes: int, pairs: int, blocks: int) -> int:
    """How many vectors of memory :func:`fit_rows` needs."""
    most = max(p, pairs)
    small = 13 * _whole(p) + 2 * _whole(p * p) + _whole((p + 1) * most)
    return small + p + blocks * (axes + 8 + most + 2 * (3 + 2 * p))


def _whole(count: int) -> int:
    return -(-count // WIDTH)


@part
def furnish(room, p, axes, pairs, blocks):  # type: ignore[no-untyped-def]
    """Share an array of :func:`vectors_needed` vectors out."""
    row, most = (p + WIDTH - 1) // WIDTH, max(p, pairs)
    square = (p * p + WIDTH - 1) // WIDTH
    u = pointer_to(room)
    theta = moved(u, 2 * row)
    chain = moved(theta, 2 * row)
    system = moved(chain, 9 * row)
    reduced = moved(system, square)
    found = moved(reduced, square)
    wide = moved(found, ((p + 1) * most + WIDTH - 1) // WIDTH)
    z = moved(wide, p)
    target = moved(z, blocks * axes)
    second = moved(target, 8 * blocks)
    y = moved(second, blocks * most)
    return Room(
        blocks, u, theta, chain, moved(chain, row), moved(chain, 2 * row), moved(chain, 3 * row), moved(chain, 4 * row),
        moved(chain, 5 * row), moved(chain, 6 * row),
        moved(chain, 7 * row), moved(chain, 8 * row), system, reduced, found, wide, z, target, moved(target, blocks),
        moved(target, 2 * blocks), moved(target, 3 * blocks), moved(target, 4 * blocks), moved(target, 5 * blocks),
        moved(target, 6 * blocks), moved(target, 7 * blocks), second, y, moved(y, 2 * blocks), moved(y, 4 * blocks),
        moved(y, 6 * blocks), moved(y, (6 + 2 * p) * blocks),
    )  # fmt: skip


@part
def gather(task, room, z, target, weight, problem, row, whose):  # type: ignore[no-untyped-def]
    """Lay the used points of a row into the room, the last vector filled up without weight: vectors, sum of w."""
    count, first, heavy = 0, 0, 0.0
    n = weight.shape[0]
    for k in range(n + WIDTH):
        i, w = k, 0.0
        if k < n:
            w = weight[i, row]
            if not w > 0.0:
                continue
            if count == 0:
                first = i
            heavy += w
        elif count % WIDTH == 0 and count > 0:
            break
        else:
            i = first
        block, lane = count // WIDTH, count % WIDTH
        for a in range(task.axes):
            room.z[(block * task.axes + a) * WIDTH + lane] = z[a, i, problem]
        room.target[count] = target[i, whose]
        room.weight[count] = w
        if task.loss >= BINOMIAL:
            room.least[count] = least_cost(task.loss, target[i, whose])
        count += 1
    return count // WIDTH, heavy


@part
def search_scale(task, room, logged, start, lower, upper, row):  # type: ignore[no-untyped-def]
    """Bounds and start on the scale of the search, ln for positive parameters."""
    for j in range(task.p):
        begin = min(max(start[j, row], lower[j, row]), upper[j, row])
        low, high = lower[j, row], upper[j, row]
        if logged[j]:
            low, high = max(math.log(max(low, 1e-304)), -700.0), min(math.log(max(high, 1e-304)), 700.0)
            begin = math.log(begin)
        room.low[j], room.high[j] = low, high
        room.u[j] = min(max(begin, low), high)
