"""The law that a plan names: whether it can be there, and which one it is.

What lives here: reading a ``LawReference`` against declarations and against laws. What does not: what is done with
the law (one kind a file).
"""

from collections.abc import Mapping, Sequence

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import Law
from scaling_assets.records.plan import LawReference
from scaling_assets.science.allocation.finding import laws_meant, only_one


def reference_problems(reference: LawReference, experiments: Mapping[str, Experiment]) -> list[str]:
    """What a reference names and the experiment does not declare; sentences for ``PlanKind.problems``."""
    experiment = experiments[reference.experiment]
    known = ", ".join(q.label for q in experiment.laws) or "none"
    asked = [
        q for q in experiment.laws
        if q.metric == reference.metric and reference.question in (None, q.label)
    ]  # fmt: skip
    if not asked:
        what = reference.metric if reference.question is None else reference.question
        return [f"{what!r} is no law question of {experiment.name} about {reference.metric}; it asks {known}"]
    if len(asked) > 1:
        return [
            f"{reference.metric!r} means several law questions of {experiment.name}; name a question: {known}"
        ]
    found = []
    if reference.family is not None and reference.family not in asked[0].families:
        found.append(f"{reference.family!r} is not among the fitted {', '.join(asked[0].families)}")
    missing = [column for column in asked[0].segment if column not in reference.segment]
    if missing:
        found.append(
            f"{reference.metric!r} is fitted apart by {', '.join(asked[0].segment)}; choose a segment"
        )
    apart = {*asked[0].segment, *asked[0].where}
    found += [
        f"{column!r} is nothing that {asked[0].label} is fitted apart by"
        for column in reference.segment
        if column not in apart
    ]
    return found


def law_meant(reference: LawReference, laws: Sequence[Law]) -> Law | str:
    """The one usable law that is meant (the named family, else the leading one), or why there is none."""
    tried = laws_meant(reference, laws)
    silent = dict.fromkeys(f"{w.family} is {w.status.value}: {w.reason}" for w in tried if not w.is_usable)
    return only_one(reference, tried, f" ({'; '.join(silent)})" if silent else "")
