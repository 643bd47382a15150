"""Several steps in one history, and their places: binary segmentation with control, then refinement.

What belongs here: which steps of a history of parts are real, and where each lies. What does not: the scan of
one stretch (``scan``, ``null``), what a step means (``naming``).

A stretch is split at its largest step when that is significant in any part (Bonferroni over parts); both
halves are judged at half the stretch's level (Vostrikova 1981; the levels of the stretches that stay whole
add up to at most the first one's, as in Kraft's inequality, which bounds the chance of any false step).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from scaling_assets.science.changes.null import p_value, scanned
from scaling_assets.science.changes.scan import design, white

KNOWN = 60  # points from which on the data tell a strong autocorrelation well
STRONG = 0.8
ROUNDS = 3  # of refinement: places settle after one or two
SAME = 1e-9  # of the level: spread below which a part has no noise that anything could be held against


@dataclass(frozen=True)
class Rules:
    """``least`` points on both sides of a step, ``enough`` points in a stretch that is judged."""

    least: int
    enough: int
    has_drift: bool
    largest_rho: float

    def guarded(self, n: int) -> float:
        """The largest autocorrelation that n points are guarded against."""
        return self.largest_rho if n < KNOWN else max(self.largest_rho, STRONG)


@dataclass(frozen=True)
class Step:
    """One step of a history: first point after it, with its interval, in the stretch from ``start`` to ``end``.

    ``difference``, ``se`` (q,) and ``correlation`` (q, q) are of the parts; ``before`` their values on its left.
    """

    place: int
    earliest: int
    latest: int
    start: int
    end: int
    p_value: float
    difference: np.ndarray
    se: np.ndarray
    correlation: np.ndarray
    before: np.ndarray
    degrees: int
    rho: np.ndarray


def first_p_value(history: np.ndarray, rules: Rules) -> float | None:
    """The chance of so large a step anywhere in a history (q, n) without any; None below enough points."""
    return _judged(history, rules)[0] if history.shape[1] >= rules.enough else None


def steps(
    history: np.ndarray, rules: Rules, alpha: float, level: float = 0.95, *,
    reported: Collection[int] = (), kept_at: float = 0.0,
) -> list[Step]:  # fmt: skip
    """All steps of a history (q parts, n points), in order; the chance of any false new one is at most alpha.

    Args:
        level: of the intervals of the places.
        reported: places of steps that earlier looks have shown. A later look has a smaller alpha, which is no
            evidence against them: they stay as long as one look at ``kept_at`` at the stretch between their
            neighbours shows them.
    """
    found = dict(_split(history, rules, 0, history.shape[1], alpha))
    found |= _kept(history, rules, found, reported, kept_at)
    places = sorted(found)
    p_values = [found[place] for place in places]
    for _ in range(ROUNDS):
        ends = [0, *places, history.shape[1]]
        moved = [
            _place(history[:, ends[i] : ends[i + 2]], rules, level)[0] + ends[i] for i in range(len(places))
        ]
        if moved == places or sorted(set(moved)) != moved:
            break
        places = moved
    ends = [0, *places, history.shape[1]]
    return [_step(history, rules, ends[i], ends[i + 2], p, level) for i, p in enumerate(p_values)]


def _split(
    history: np.ndarray, rules: Rules, start: int, end: int, alpha: float
) -> Iterator[tuple[int, float]]:
    if end - start < rules.enough:
        return
    stretch = history[:, start:end]
    p, place = _judged(stretch, rules)
    if p <= alpha:
        middle = start + place
        yield middle, p
        yield from _split(history, rules, start, middle, alpha / 2)
        yield from _split(history, rules, middle, end, alpha / 2)


def _kept(
    history: np.ndarray, rules: Rules, found: Collection[int], reported: Collection[int], alpha: float
) -> dict[int, float]:
    """Of the reported places those still shown beside the ones found, each with its p-value; the weakest go first."""
    n = history.shape[1]
    kept = {
        place
        for place in reported
        if rules.least <= place <= n - rules.least and all(abs(place - f) >= rules.least for f in found)
    }
    while kept:
        ends = sorted({0, n, *found, *kept})
        p_values = {}
        for place in kept:
            start, end = ends[ends.index(place) - 1], ends[ends.index(place) + 1]
            p, seen = (1.0, 0) if end - start < rules.enough else _judged(history[:, start:end], rules)
            p_values[place] = p if abs(start + seen - place) < rules.least else 1.0
        weakest = max(kept, key=lambda place: p_values[place])
        if p_values[weakest] <= alpha:
            return p_values
        kept.remove(weakest)
    return {}


def _judged(stretch: np.ndarray, rules: Rules) -> tuple[float, int]:
    """p-value over all parts, and the place of the largest step of the part that has it."""
    n = stretch.shape[1]
    guarded = rules.guarded(n)
    each = []
    for part in stretch:
        if np.ptp(part) <= SAME * max(1.0, float(np.max(np.abs(part)))):
            each.append((1.0, n // 2))
            continue
        seen = scanned(part[None], rules.least, rules.has_drift, guarded)
        each.append((p_value(seen, n, rules.least, rules.has_drift, guarded), int(seen.place[0])))
    p, place = min(each)
    return min(1.0, len(each) * p), place


def _place(stretch: np.ndarray, rules: Rules, level: float) -> tuple[int, int, int]:
    """First point after the one step of a stretch, and the shortest set of points that holds it, as its hull.

    With equal chances beforehand for every place, the chance of a place given the data goes with the profile
    of the residual sums of squares over parts, RSS^(-n/2) each (Smith 1975, Biometrika 62).
    """
    n = stretch.shape[1]
    if n < 2 * rules.least:
        return n // 2, 0, n
    score = 0.0
    for part in stretch:
        rho = float(scanned(part[None], rules.least, rules.has_drift, rules.guarded(n)).rho[0])
        known = design(n, rules.least, rho, rules.has_drift)
        rest = white(part, rho)
        rest = rest - known.nuisance @ (known.nuisance.T @ rest)
        square = float(rest @ rest)
        left = np.maximum(square - (known.steps @ rest) ** 2, 1e-12 * square + 1e-300)
        score = score - (n - known.nuisance.shape[1] - 1) / 2 * np.log(left)
    known = design(n, rules.least, 0.0, rules.has_drift)
    chance = np.exp(score - np.max(score))
    chance /= chance.sum()
    order = np.argsort(-chance, kind="stable")
    held = order[: int(np.searchsorted(np.cumsum(chance[order]), level)) + 1]
    best = int(known.places[order[0]])
    return best, int(known.places[held.min()]), int(known.places[held.max()])


def _step(history: np.ndarray, rules: Rules, start: int, end: int, p: float, level: float) -> Step:
    """Place and size of the one step between its neighbours."""
    stretch = history[:, start:end]
    n = end - start
    place, earliest, latest = _place(stretch, rules, level)
    least = min(rules.least, place, n - place)
    difference, se, rhos, left, before = [], [], [], [], []
    for part in stretch:
        rho = float(scanned(part[None], rules.least, rules.has_drift, rules.guarded(n)).rho[0])
        known = design(n, least, rho, rules.has_drift)
        row = int(np.flatnonzero(known.places == place)[0])
        rest = white(part, rho)
        rest = rest - known.nuisance @ (known.nuisance.T @ rest)
        height = float(known.steps[row] @ rest)
        rest = rest - height * known.steps[row]
        free = max(1, n - known.nuisance.shape[1] - 2)
        difference.append(height / known.norms[row])
        se.append(np.sqrt(float(rest @ rest) / free) / known.norms[row])
        rhos.append(rho)
        left.append(rest)
        before.append(float(np.mean(part[:place])))
    size = np.sqrt(np.sum(np.square(left), axis=1))
    unit = np.array(left) / np.where(size > 0, size, 1.0)[:, None]
    correlation = unit @ unit.T
    np.fill_diagonal(correlation, 1.0)
    free = max(1, n - 2 - int(rules.has_drift) - 1)
    return Step(
        start + place, start + earliest, start + latest, start, end, p, np.array(difference), np.array(se),
        correlation, np.array(before), free, np.array(rhos),
    )  # fmt: skip
