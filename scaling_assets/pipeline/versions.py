"""Which version of trials, laws and verdicts the present data, declaration and code call for.

A version is the content hash of everything that a noun's rows come from. When the store has the
wanted version already there is nothing to do; that is the whole rule for refitting.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.identity import content_id
from scaling_assets.science import assignment, changes, comparing, fitting, gates, registration, trials
from scaling_assets.store.store import Head


@dataclass(frozen=True)
class Wanted:
    """Versions an experiment should have; all None while it has no observations."""

    observations: str | None
    trials: str | None
    laws: str | None
    verdicts: str | None

    def is_met_by(self, head: Head | None) -> bool:
        """True when what people see is what the present state calls for."""
        if self.observations is None:
            return True
        return head is not None and (head.trials, head.laws, head.verdicts) == (
            self.trials,
            self.laws,
            self.verdicts,
        )


def wanted(experiment: Experiment, observations: str | None) -> Wanted:
    """Versions that follow from a version of the observations."""
    if observations is None:
        return Wanted(None, None, None, None)
    shape, laws, planned = _parts(experiment.model_dump_json())
    of_trials = content_id("trials", observations, shape, trials.CODE_VERSION)
    of_laws = content_id("laws", of_trials, laws, fitting.CODE_VERSION, comparing.CODE_VERSION)
    designed = (registration.identity(experiment), registration.CODE_VERSION, assignment.CODE_VERSION)
    watched = (changes.CODE_VERSION,) if changes.is_watched(experiment) else ()
    of_verdicts = content_id("verdicts", of_laws, planned, gates.CODE_VERSION, designed, *watched)
    return Wanted(observations, of_trials, of_laws, of_verdicts)


@lru_cache(maxsize=65_536)
def _parts(declaration: str) -> tuple[str, str, str]:
    """Content hashes of what trials, laws and verdicts each depend on; every step asks for them again."""
    declared = json.loads(declaration)
    shape = ("name", "mode", "dimensions", "metrics", "context", "conditions", "unit")
    watched = [law.pop("changes") for law in declared["laws"]]  # laws do not depend on who watches them
    planned = ("seeds", "runs_per_cell", "gates", "control_condition", "looks", "multiplicity")
    return (
        content_id({k: declared[k] for k in shape}),
        content_id(declared["laws"]),
        content_id({k: declared[k] for k in planned}, *([watched] if any(watched) else [])),
    )


def wanted_look(experiment: Experiment, observations: str, normal: Sequence[tuple[str, str]]) -> str:
    """The version of the look at an experiment's laws over time.

    Args:
        normal: (series, point) from which on a new normal was declared.
    """
    declared = [law.model_dump(mode="json") for law in experiment.laws if law.changes is not None]
    of_trials = wanted(experiment, observations).trials
    return content_id("look", of_trials, declared, sorted(normal), changes.CODE_VERSION, fitting.CODE_VERSION)


def why(experiment: Experiment, want: Wanted, head: Head | None) -> tuple[str, ...]:
    """Reasons in words for which the experiment is due; empty when it is not."""
    if want.is_met_by(head):
        return ()
    if head is None or head.verdicts is None:
        return ("never fitted",)
    if head.observations != want.observations:
        return ("new runs",)
    if head.trials != want.trials:
        return ("the declaration of its metrics or dimensions, or the code that reduces trials, changed",)
    if head.laws != want.laws:
        return ("its law questions, or the code that fits, changed",)
    return ("its gates or another registered part, or the code that judges, changed",)
