"""What a capacity plan reads: numbers, laws and runs of the case, with all that is missing said at once.

What belongs here: from a declaration's reference to an amount or a law. What does not: what is made of them.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from scaling_assets.records.declared import Filter
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import Law
from scaling_assets.records.plan import LawReference
from scaling_assets.science.planning.amounts import Amount
from scaling_assets.science.planning.capacity_question import SpeedUp
from scaling_assets.science.planning.declared_limits import Number
from scaling_assets.science.planning.kind import PlanCase
from scaling_assets.science.planning.referred import law_meant
from scaling_assets.science.trials import Confidence, estimate, select


class Missing(Exception):
    """A law or a number that the plan needs is not there; the message names it."""


@dataclass
class Reads:
    """Reads of one case; ``law_ids`` and ``is_simulated`` gather what the answer rests on."""

    case: PlanCase
    law_ids: list[str] = field(default_factory=list)
    is_simulated: bool = False

    def number(self, given: float | Number) -> Amount:
        """A stated or measured number.

        Raises:
            Missing: no run of that kind has landed, or the metric has no value there.
        """
        if not isinstance(given, Number):
            return Amount(float(given), method="stated without an interval")
        if given.experiment is None or given.metric is None:
            low, high = given.low, given.high
            value = given.value if given.value is not None else ((low or 0.0) + (high or 0.0)) / 2
            method = "stated range" if low is not None or high is not None else "stated without an interval"
            return Amount(value, low, high, method)
        experiment, rows = self._rows(given.experiment, given.metric, given.where)
        found = estimate(experiment.metric(given.metric), rows, Confidence(self.case.question.level))
        if found.value is None:
            raise Missing(f"{given.metric} of {given.experiment}: {found.reason}")
        method = f"{found.method}, {found.n_units} runs of {given.experiment}"
        return Amount(found.value, found.low, found.high, method, reason=found.reason)

    def law(self, reference: LawReference) -> Law:
        """The law that is meant.

        Raises:
            Missing: there is none, or it is not usable.
        """
        found = law_meant(reference, self.case.laws)
        if isinstance(found, str):
            raise Missing(found)
        self.law_ids.append(found.law_id)
        self.is_simulated |= found.is_simulated
        return found

    def arms(self, asked: SpeedUp) -> tuple[dict[float, np.ndarray], bool]:
        """Values of the runs by number of workers, ascending, and whether they are times (not rates).

        Raises:
            Missing: no run has landed, simulated and measured ones are mixed, or none had one worker.
        """
        assert asked.experiment is not None and asked.metric is not None and asked.workers is not None
        experiment, rows = self._rows(asked.experiment, asked.metric, asked.where)
        good = rows[rows["value"].notna()]
        arms = {
            float(str(n)): part.groupby("unit", sort=True)["value"].mean().to_numpy(dtype=float)
            for n, part in good.groupby(asked.workers, sort=True)
        }
        if 1.0 not in arms:
            raise Missing(f"{asked.experiment} has no run of {asked.metric} at {asked.workers} = 1")
        return arms, experiment.metric(asked.metric).direction == "lower"

    def _rows(self, name: str, metric: str, where: Filter) -> tuple[Experiment, pd.DataFrame]:
        experiment = self.case.experiments[name]
        trials = self.case.trials.get(name)
        rows = pd.DataFrame() if trials is None else select(experiment, trials, where, metric)
        if rows.empty:
            raise Missing(f"no run of {name} has a value of {metric} where the plan asks for it")
        if rows["is_simulated"].nunique() > 1:
            raise Missing(f"{name} holds simulated and measured runs of {metric}; they are never mixed")
        self.is_simulated |= bool(rows["is_simulated"].iloc[0])
        return experiment, rows
