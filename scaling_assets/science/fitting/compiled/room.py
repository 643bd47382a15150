"""What the compiled solver works on: its task, its memory, the points of eight rows laid out in vectors.

What belongs here: sizes and places. What does not: the iteration (``rows``). Memory is handed about as pointers:
arrays are counted references, and a step of eight short rows takes less time than counting them.
"""

import math
from typing import NamedTuple

from scaling_assets.science.fitting.compiled.lanes import WIDTH, moved, pointer_to
from scaling_assets.science.fitting.compiled.losses import BINOMIAL, least_cost, part

CHUNK = 16  # points whose gradients are in memory at a time: those of longer rows would not stay in the first cache


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
    is_any_logged: bool
    has_prior: bool


class Room(NamedTuple):
    """Memory for eight rows side by side, as pointers to vectors."""

    here: int  # two states, see ``sums``: where the rows are and what they try
    there: int
    low: int  # (p), as the next seven
    high: int
    mean: int  # of the prior
    sharp: int  # its precision
    g: int  # the gradient with held parameters at 0
    step: int
    system: int  # lower triangle
    scratch: int
    found: int  # (p, p), gradients for differences
    delta: int  # one vector, as the next
    heavy: int  # sum of the weights
    row: int  # numbers: which row, how many points, in each lane
    z: int  # (points, axes), as the next three without axes
    target: int
    weight: int
    least: int  # the cost of the best curve at each point, of likelihoods
    y: int  # (CHUNK,), as all that follow
    turn: int
    curve: int
    metric: int
    unit: int
    dy: int
    second: int


def vectors_needed(p: int, axes: int, pairs: int, points: int) -> int:
    """How many vectors of memory :func:`fit_rows` needs."""
    triangle = p * (p + 1) // 2
    small = 2 * (4 * p + 2 * triangle + 2) + 6 * p + triangle + _scratch(p) + p * p + 4
    return small + points * (axes + 3) + CHUNK * (5 + p + max(p, pairs))


def _scratch(p: int) -> int:
    return p * (p + 1) // 2 + 2 * p + 2


@part
def furnish(memory, p, axes, pairs, points):  # type: ignore[no-untyped-def]
    """Share an array of :func:`vectors_needed` vectors out."""
    triangle = p * (p + 1) // 2
    state = 4 * p + 2 * triangle + 2
    here = pointer_to(memory)
    low = moved(here, 2 * state)
    system = moved(low, 6 * p)
    scratch = moved(system, triangle)
    found = moved(scratch, triangle + 2 * p + 2)
    delta = moved(found, p * p)
    z = moved(delta, 4)
    target = moved(z, points * axes)
    y = moved(target, 3 * points)
    dy = moved(y, 5 * CHUNK)
    return Room(
        here, moved(here, state), low, moved(low, p), moved(low, 2 * p), moved(low, 3 * p), moved(low, 4 * p),
        moved(low, 5 * p), system, scratch, found, delta, moved(delta, 1), moved(delta, 2), z, target,
        moved(target, points), moved(target, 2 * points), y, moved(y, CHUNK), moved(y, 2 * CHUNK),
        moved(y, 3 * CHUNK), moved(y, 4 * CHUNK), dy, moved(dy, CHUNK * p),
    )  # fmt: skip


class Source(NamedTuple):
    """Where the points are: pointers, and the distances in them between axes, points and problems or rows."""

    z: int
    z_axis: int
    z_point: int
    z_problem: int
    target: int
    target_point: int
    target_row: int
    weight: int
    weight_point: int
    weight_row: int


@part
def source_of(z, target, weight):  # type: ignore[no-untyped-def]
    """Arrays as :class:`Source`."""
    return Source(
        pointer_to(z), z.strides[0] // 8, z.strides[1] // 8, z.strides[2] // 8,
        pointer_to(target), target.strides[0] // 8, target.strides[1] // 8,
        pointer_to(weight), weight.strides[0] // 8, weight.strides[1] // 8,
    )  # fmt: skip


@part
def gather(task, room, source, lane, n, problem, row, whose):  # type: ignore[no-untyped-def]
    """Lay the used ones of ``n`` points of a row into a lane, the first one without weight after them to fill up."""
    count, heavy = 0, 0.0
    from_z, from_target = problem * source.z_problem, whose * source.target_row
    from_weight = row * source.weight_row
    for _ in range(
        n
    ):  # a point that is not used is overwritten by the next: cheaper than a branch hard to foresee
        w = source.weight[from_weight]
        at = count * WIDTH + lane
        for a in range(task.axes):
            room.z[(count * task.axes + a) * WIDTH + lane] = source.z[from_z + a * source.z_axis]
        room.target[at], room.weight[at] = source.target[from_target], w
        is_used = w > 0.0
        count += is_used
        heavy += w if is_used else 0.0
        from_z, from_target = from_z + source.z_point, from_target + source.target_point
        from_weight += source.weight_point
    for k in range(count, n):
        at = k * WIDTH + lane
        for a in range(task.axes):
            room.z[(k * task.axes + a) * WIDTH + lane] = room.z[a * WIDTH + lane]
        room.target[at], room.weight[at] = room.target[lane], 0.0
    if task.loss >= BINOMIAL:
        for k in range(n):
            room.least[k * WIDTH + lane] = least_cost(task.loss, room.target[k * WIDTH + lane])
    room.heavy[lane] = heavy
    room.row[lane], room.row[WIDTH + lane] = row, count


@part
def search_scale(task, room, there, lane, logged, start, lower, upper, delta, prior, row):  # type: ignore[no-untyped-def]
    """Bounds and start of a row on the scale of the search, ln for positive parameters; loss and prior."""
    for j in range(task.p):
        begin = min(max(start[j, row], lower[j, row]), upper[j, row])
        low, high = lower[j, row], upper[j, row]
        if logged[j]:
            low, high = max(math.log(max(low, 1e-304)), -700.0), min(math.log(max(high, 1e-304)), 700.0)
            begin = math.log(begin)
        at = j * WIDTH + lane
        room.low[at], room.high[at] = low, high
        there[at] = min(max(begin, low), high)
        if task.has_prior:
            room.mean[at], room.sharp[at] = prior[0, j, row], prior[1, j, row]
    room.delta[lane] = delta[row]
