"""Findings over the groups of a question: contexts beside one another, windows after one another.

What belongs here: which groups belong together, which family speaks for them, the answers in words. What does
not: the tests themselves (``segments``, ``pooling``, ``leave_one_out``, ``stability``).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from scaling_assets.records.comparison import Compare, LawFinding
from scaling_assets.records.experiment import LawQuestion
from scaling_assets.records.law import Group, Law
from scaling_assets.science.comparing.effects import LEVEL, Effect, effect, parts_of, reference
from scaling_assets.science.comparing.leave_one_out import leave_one_out, of_family, together
from scaling_assets.science.comparing.pooling import pool
from scaling_assets.science.comparing.segments import curve_test, heterogeneity, holm
from scaling_assets.science.comparing.stability import stability
from scaling_assets.science.fitting import Problem, fit

Member = tuple[Problem, Law]


def over_contexts(
    question: LawQuestion, compare: Compare, problems: Sequence[Problem], laws: Sequence[Law]
) -> list[LawFinding]:
    """Interaction, partial pooling and left-out predictions, for every set of contexts that go together."""
    found: list[LawFinding] = []
    for rest, family, members in _together(compare.contexts, problems, laws):
        blank = LawFinding(
            members[0][1].experiment, question.label, question.metric, rest, family, "", "", ""
        )
        usable = [(p, law) for p, law in members if law.is_usable]
        skipped = [f"{_words(law.group)}: {law.reason}" for _, law in members if not law.is_usable]
        if len(usable) < 2:
            why = "; ".join(["fewer than two contexts have a usable law", *skipped])
            found.append(replace(blank, subject="interaction", answer="not tested", reason=why))
            continue
        contexts = [p for p, _ in usable]
        found += _interaction(blank, usable, compare.alpha, "; ".join(skipped))
        found.append(_curves(replace(blank, subject="curve"), contexts, family, compare.alpha))
        found += [
            replace(
                blank, group=out.group, subject="left_out", value=out.error,
                answer="not tested" if out.error is None else "predicted",
                reason=out.reason or _parts_of_error(out.level, out.shape),
                method="root mean square error of the other contexts' curve, on the residual scale",
            )
            for out in leave_one_out(contexts, family)
        ]  # fmt: skip
    return found


def over_windows(
    question: LawQuestion,
    compare: Compare,
    problems: Sequence[Problem],
    laws: Sequence[Law],
    order: Sequence[str],
) -> list[LawFinding]:
    """Stability over windows of time: every part as a whole, and every window against the others."""
    if compare.windows is None:
        return []
    found: list[LawFinding] = []
    for rest, family, members in _together((compare.windows,), problems, laws):
        column = compare.windows
        known = {name: at for at, name in enumerate(order)}
        members = sorted(members, key=lambda member: _rank(str(member[1].group[column]), known))
        blank = LawFinding(
            members[0][1].experiment, question.label, question.metric, rest, family, "", "", ""
        )
        seen = stability([(str(law.group[column]), law) for _, law in members], [p for p, _ in members])
        if seen is None:
            why = "fewer than two windows have a usable law"
            found.append(replace(blank, subject="stability", answer="not tested", reason=why))
            continue
        found += [
            replace(
                blank, subject="stability", name=part.name, answer=_differs(p, compare.alpha, "changes over time"),
                p_value=p, reason="; ".join(seen.missing), method="Welch's F over windows, Holm over parts",
            )
            for part, p in zip(seen.parts, seen.p_values, strict=True)
        ]  # fmt: skip
        found += [
            replace(
                blank, group={**rest, column: d.window}, subject="window", name=d.name, value=d.difference,
                low=d.low, high=d.high, level=0.95, p_value=d.p_value,
                answer=_differs(d.p_value, compare.alpha, "differs"),
                method="difference to the other windows' mean, p by Holm over windows and parts",
            )
            for d in seen.departures
        ]  # fmt: skip
    return found


def _rank(window: str, known: Mapping[str, int]) -> tuple[int, str]:
    """Declared windows in declared order, others after them by their names."""
    return known.get(window, len(known)), window


def _together(
    columns: Sequence[str], problems: Sequence[Problem], laws: Sequence[Law]
) -> list[tuple[Group, str, list[Member]]]:
    """Groups that differ in these columns only: what they share, the family that speaks, problem and law each."""
    if not columns:
        return []
    sets: dict[str, tuple[Group, list[Problem]]] = {}
    for problem in problems:
        rest: Group = {k: v for k, v in problem.group.items() if k not in columns}
        sets.setdefault(repr(sorted(rest.items())), (rest, []))[1].append(problem)
    found: list[tuple[Group, str, list[Member]]] = []
    for rest, members in sets.values():
        groups = [p.group for p in members]
        family = _family(members[0].question, [law for law in laws if law.group in groups])
        if family is not None:
            of = {repr(sorted(law.group.items())): law for law in laws if law.family == family}
            pairs = [(p, of[key]) for p in members if (key := repr(sorted(p.group.items()))) in of]
            found.append((rest, family, pairs))
    return found


def _family(question: LawQuestion, laws: Sequence[Law]) -> str | None:
    """The declared family, else the one that leads in most groups (of equals the one listed first)."""
    if question.declared is not None:
        return question.declared
    leads = Counter(law.family for law in laws if law.is_leading)
    return max(question.families, key=lambda name: leads[name]) if leads else None


def _interaction(
    blank: LawFinding, members: Sequence[Member], alpha: float, skipped: str
) -> list[LawFinding]:
    """Each part: is it the same in all contexts, and what partial pooling makes of it."""
    at = reference([law for _, law in members])
    parts = []
    for part in parts_of(members[0][1]):
        effects = [e for p, law in members if (e := effect(law, part, at, p)) is not None]
        tested = heterogeneity(effects)
        if tested is not None:
            parts.append((effects, tested))
    found = []
    for (effects, tested), p_value in zip(parts, holm([t.p_value for _, t in parts]), strict=True):
        found.append(replace(
            blank, subject="interaction", name=tested.name, value=tested.i2, p_value=p_value, reason=skipped,
            answer=_differs(p_value, alpha, "differs between contexts"),
            method=f"Cochran's Q over {tested.n_contexts} contexts by Welch's F, Holm over parts; value: I2",
        ))  # fmt: skip
        found += _pooled(blank, effects)
    return found


def _pooled(blank: LawFinding, effects: Sequence[Effect]) -> list[LawFinding]:
    pooled = pool(effects)
    if pooled is None:
        return []
    scale = "; natural logarithm" if pooled.is_log else "; residual scale" if pooled.name == LEVEL else ""
    blank = replace(blank, name=pooled.name, level=pooled.level)

    def one(subject: str, answer: str, numbers: Sequence[float], method: str, **more: Any) -> LawFinding:
        value, low, high = numbers
        return replace(
            blank,
            subject=subject,
            answer=answer,
            value=value,
            low=low,
            high=high,
            method=method + scale,
            **more,
        )

    return [
        one("mean", "mean over contexts", pooled.mean, "random effects, Hartung-Knapp"),
        one("between_contexts", "standard deviation", pooled.tau, "Paule-Mandel, Q profile"),
        one("new_context", "expected in a new context", pooled.new_context, "random effects, t of k - 2"),
        *(
            one(
                "context", f"{c.kept:.0%} its own", (c.value, c.low, c.high), "partial pooling over contexts",
                group=c.group,
            )
            for c in pooled.contexts
        ),
    ]  # fmt: skip


def _curves(blank: LawFinding, contexts: Sequence[Problem], family: str, alpha: float) -> LawFinding:
    (pooled,) = fit([of_family(together(contexts), family)])
    seen = curve_test(contexts, pooled, seed=contexts[0].question.seed)
    if seen.p_value is None:
        return replace(blank, answer="not tested", reason=seen.reason, method=seen.method)
    answer = _differs(seen.p_value, alpha, "differs between contexts")
    return replace(blank, answer=answer, p_value=seen.p_value, method=seen.method)


def _differs(p_value: float, alpha: float, words: str) -> str:
    return words if p_value <= alpha else "no difference shown"


def _parts_of_error(level: float | None, shape: float | None) -> str:
    own = "" if shape is None else f", {shape:.3g} of shape"
    return "" if level is None else f"{level:+.3g} of level{own}"


def _words(group: Group) -> str:
    return ", ".join(str(value) for value in group.values())
