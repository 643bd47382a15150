"""Takes an experiment of the reference lab through every step, in a store of its own."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from scaling_assets.ingest.landing import read_source
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import Law
from scaling_assets.records.observation import Appended, FileStamp
from scaling_assets.records.verdict import Verdict
from scaling_assets.science import gates, trials
from scaling_assets.science.fitting import fit, problems_of
from scaling_assets.store import open_store
from scaling_assets.sweeps import run_sweep

LAB = Path(__file__).parents[2] / "labs" / "reference"


@dataclass(frozen=True, eq=False)
class Worked:
    """What came out for one experiment."""

    experiment: Experiment
    appended: Appended
    trials: pd.DataFrame
    laws: list[Law]
    verdicts: list[Verdict]

    def law(self, question: str, family: str, **group: str) -> Law:
        """The law of a question, family and group."""
        return next(
            law
            for law in self.laws
            if (law.question, law.family, dict(law.group)) == (question, family, group)
        )

    def leading(self, question: str, **group: str) -> Law:
        """The leading law of a question in a group."""
        return next(
            law
            for law in self.laws
            if law.question == question and law.is_leading and dict(law.group) == group
        )

    def outcomes(self, gate: str) -> dict[tuple[object, ...], str]:
        """Outcome by the values of the gate's group."""
        return {tuple(v.group.values()): v.outcome.value for v in self.verdicts if v.gate == gate}


def work(experiment: Experiment, folder: Path, *, mode: str = "full", label: str = "first") -> Worked:
    """Sweep (or read what landed), reduce, fit and judge one experiment."""
    if experiment.workload is None:
        path = next((LAB / "landing" / experiment.name).glob("*.csv"))
    else:
        path = run_sweep(experiment, mode=mode, label=label, folder=folder / "sweeps")
    status = path.stat()
    stamp = FileStamp(path.name, status.st_size, status.st_mtime_ns)
    store = open_store(str(folder / f"warehouse-{experiment.name}-{mode}-{label}"))
    store.prepare()
    store.declare(experiment)
    appended = store.append(read_source(path, stamp, {experiment.name: experiment}, origin="sweep"))
    derived = trials.derive(experiment, store.unit_sums(experiment))
    laws = fit(problems_of(experiment, derived))
    verdicts = gates.judge(experiment, derived, laws, data_version="test")
    return Worked(experiment, appended, derived, laws, verdicts)
