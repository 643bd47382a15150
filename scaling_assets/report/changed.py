"""Changes over time in words: what changed where, since when, how sure, and what people decided.

What belongs here: the wording of ``records.change``, for pages and the command line. What does not: escaping,
layout, finding changes (``science.changes``).
"""

from collections.abc import Sequence
from math import expm1

from scaling_assets.records.change import Change, PartChange, Series, SeriesKey, Watched
from scaling_assets.records.experiment import Experiment
from scaling_assets.report import wording

HEADER = ("Change", "Status", "Series", "What", "Since", "By how much", "p", "Decided")
SERIES_HEADER = ("Series", "Points", "From", "To", "Law", "Answer", "Why")
LOGS = frozenset({"log"})


def series_name(key: SeriesKey) -> str:
    """``question [place=attic; host=a]``."""
    group = wording.group_text({**key.group, **key.hardware})
    return f"{key.question} [{group}]" if group else key.question


def what(change: Change) -> str:
    """``exponent up, worse``."""
    return ", ".join(filter(None, (f"{change.kind} {change.direction}", change.effect)))


def since(change: Change) -> str:
    """The first point after the change, with its interval where it is more than that point."""
    if change.earliest == change.latest:
        return f"{change.by} {change.point}"
    return f"{change.by} {change.point} ({change.earliest} to {change.latest})"


def amount(change: Change) -> str:
    """The parts that name the change, with intervals, and the effect at the largest scale."""
    named = [p for p in change.parts if p.name in change.kind.split(" and ")] or list(change.parts)
    told = [_part(part, change.level) for part in named]
    if change.ratio is not None:
        told.append(f"{(change.ratio - 1):+.1%} at the largest scale")
    return "; ".join(told)


def decided(change: Change, watched: Watched) -> str:
    """Who decided what, when and why; empty for an open report."""
    decision = watched.decision(change)
    if decision is None:
        return ""
    return f"{decision.author}, {wording.moment(decision.decided_at)}: {decision.reason}"


def status(change: Change, watched: Watched) -> str:
    """``open``, ``acknowledged``, ``rebaselined``; or that later points do not show it any more."""
    word = watched.status(change).value
    return word if change.is_shown else f"{word}, no longer shown"


def row(change: Change, watched: Watched) -> tuple[str, ...]:
    """The report as cells under ``HEADER``."""
    return (
        change.change_id,
        status(change, watched) + f" ({change.severity})",
        series_name(change.key),
        f"{what(change)}: {change.reason}",
        since(change),
        amount(change),
        wording.number(change.p_value, 2),
        decided(change, watched) or "–",
    )


def series_row(one: Series) -> tuple[str, ...]:
    """The series as cells under ``SERIES_HEADER``."""
    return (
        series_name(one.key), f"{one.n_points:,}", one.first or "–", one.newest or "–", one.family or "–", one.answer,
        one.reason or "–",
    )  # fmt: skip


def sentences(watched: Watched) -> list[str]:
    """Open reports, one sentence each."""
    return [
        f"{change.severity}: {series_name(change.key)}: {what(change)} since {since(change)}: {amount(change)}"
        for change in watched.open
    ]


def mixtures(experiment: Experiment, watched: Watched) -> list[str]:
    """One sentence a question whose law is fitted to runs from before and after a change."""
    since_when: dict[str, list[str]] = {}
    apart = {q.label for q in experiment.laws if q.changes is not None and q.changes.by in q.segment}
    for change in watched.changes:
        if change.is_shown and change.key.question not in apart:
            told = f"{change.by} {change.point}"
            if change.key.hardware or change.key.group:
                told += f" [{wording.group_text({**change.key.group, **change.key.hardware})}]"
            since_when.setdefault(change.key.question, []).append(told)
    return [
        f"{question}: its runs are from before and after {len(told)} change{'s' if len(told) > 1 else ''} "
        f"({'; '.join(told[:5])}{f' and {len(told) - 5} more' if len(told) > 5 else ''}); a law of all of them is a "
        "mixture, and its interval says nothing of the law as it is now"
        for question, told in since_when.items()
    ]


def summary(watched: Watched) -> str:
    """``1 open, 2 acknowledged in 3 series``; empty where nothing is watched."""
    if not watched.series and not watched.changes:
        return ""
    counts = {"open": len(watched.open)}
    for change in watched.changes:
        word = watched.status(change).value if change.is_shown else "no longer shown"
        if word != "open":
            counts[word] = counts.get(word, 0) + 1
    told = ", ".join(f"{n} {word}" for word, n in counts.items())
    return f"{told} in {len(watched.series)} series"


def worst(changes: Sequence[Change]) -> str:
    """The highest severity among reports; empty without one."""
    return next((s for s in ("blocker", "warning", "info") if any(c.severity == s for c in changes)), "")


def _part(part: PartChange, level: float) -> str:
    if part.unit in LOGS:  # a shift of logarithms: as a share
        low, high, value = (f"{_share(v):+.1%}" for v in (part.low, part.high, part.difference))
        return f"{part.name} {value} [{low}, {high}] ({level:.0%})"
    number = wording.with_interval(part.difference, part.low, part.high)
    return f"{part.name} {number} from {wording.number(part.before)} {part.unit}".rstrip() + f" ({level:.0%})"


def _share(difference: float) -> float:
    return expm1(min(difference, 50.0))
