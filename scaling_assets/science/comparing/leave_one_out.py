"""Leave one context out: what the other contexts say about one that they have not seen.

What belongs here: fitting all but one context and predicting it. What does not: tests (``segments``), back-tests
over scales (``fitting.backtest``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from scaling_assets.records.law import Group
from scaling_assets.science.fitting import Problem, fit, point_curve


@dataclass(frozen=True, eq=False)
class LeftOut:
    """Errors h(curve of the others) - median h(y) per cell of the context that was left out.

    ``level`` is their mean (the context lies lower by this), ``shape`` the root mean square of what remains
    when that is taken off: how wrong the others' curve would be for a context of known level. ``errors`` is
    empty, with a reason, when the others give no curve.
    """

    group: Group
    errors: np.ndarray
    reason: str = ""

    @property
    def error(self) -> float | None:
        """Root mean square of the errors."""
        return float(np.sqrt(np.mean(self.errors**2))) if len(self.errors) else None

    @property
    def level(self) -> float | None:
        """Mean error."""
        return float(np.mean(self.errors)) if len(self.errors) else None

    @property
    def shape(self) -> float | None:
        """Standard deviation of the errors around their mean, as a root mean square; None for one cell."""
        return float(np.std(self.errors)) if len(self.errors) > 1 else None


def together(contexts: Sequence[Problem]) -> Problem:
    """One problem with the points of all contexts, without a group.

    A unit that was measured in several contexts stays one unit.
    """
    return replace(
        contexts[0],
        x=np.concatenate([p.x for p in contexts]),
        y=np.concatenate([p.y for p in contexts]),
        unit=np.concatenate([p.unit for p in contexts]),
        weight=None if contexts[0].weight is None else np.concatenate([p.known_weight for p in contexts]),
        n_missing=sum(p.n_missing for p in contexts),
        group={},
    )


def of_family(problem: Problem, family: str, bootstrap: int | None = None) -> Problem:
    """The same problem asked of one declared family, and with another number of replicates if given."""
    change: dict[str, object] = {"families": (family,), "declared": family}
    if bootstrap is not None:
        change["bootstrap"] = bootstrap
    return replace(problem, question=problem.question.model_copy(update=change))


def leave_one_out(contexts: Sequence[Problem], family: str) -> list[LeftOut]:
    """Predict every context from the fit of the family to all others; [] for fewer than two contexts.

    Only point curves are used, so that the fits draw as few replicates as a question may declare.
    """
    if len(contexts) < 2:
        return []
    others = [
        of_family(together([p for p in contexts if p is not left]), family, bootstrap=50) for left in contexts
    ]
    laws = fit(others)
    found = []
    for left, law in zip(contexts, laws, strict=True):
        if not law.is_usable:
            reason = f"the others' {family} law is {law.status.value}: {law.reason}"
            found.append(LeftOut(left.group, np.empty(0), reason))
            continue
        cells, cell = np.unique(left.x, axis=0, return_inverse=True)
        curve, seen = left.scale.forward(point_curve(law, cells)), left.scale.forward(left.y)
        errors = np.array([curve[c] - np.median(seen[cell.ravel() == c]) for c in range(len(cells))])
        fine = np.isfinite(errors).all()
        reason = "" if fine else "the others' curve leaves what the metric can be"
        found.append(LeftOut(left.group, errors if fine else np.empty(0), reason))
    return found
