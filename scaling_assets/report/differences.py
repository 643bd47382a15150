"""What else differs between conditions: the manifest side by side, and columns spread unevenly over the arms.

What belongs here: rows and sentences. What does not: which gates compare what (``science.gates``), escaping, layout.
"""

from collections.abc import Mapping, Sequence

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.manifest import Uneven
from scaling_assets.report import wording

SHOWN = 4  # levels named


def manifest_table(experiment: Experiment) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Header and rows: each fact that is not the same in all conditions, and whether it is the treatment."""
    manifest = experiment.manifest
    if manifest is None:
        return (), []
    names = [c for c in experiment.conditions if c in manifest.conditions]
    facts = {name: manifest.facts(name) for name in names}
    first = names[0]
    kinds = {d.name: d.is_declared for other in names[1:] for d in manifest.differences(other, first)}
    rows = [
        (
            fact,
            *(str(facts[name].get(fact, "not stated")) for name in names),
            "treatment" if is_declared else "confounder",
        )
        for fact, is_declared in kinds.items()
    ]
    return ("Differs", *names, "Is"), rows


def uneven_sentences(uneven: Mapping[str, Sequence[Uneven]]) -> list[str]:
    """One sentence a gate and column that its arms do not share alike."""
    return [_sentence(gate, one) for gate, found in uneven.items() for one in found if one.is_uneven]


def _sentence(gate: str, one: Uneven) -> str:
    largest = sorted(one.shares.items(), key=lambda item: -abs(item[1][0] - item[1][1]))[:SHOWN]
    shares = ", ".join(
        f"{level} {100 * ours:.0f} % against {100 * theirs:.0f} %" for level, (ours, theirs) in largest
    )
    return (
        f"{gate}: runs of {one.treatment} and {one.control} differ in {one.column} "
        f"({shares}; p = {wording.number(one.p_value, 2)})"
    )
