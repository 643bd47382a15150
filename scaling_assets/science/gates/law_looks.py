"""Looking again and again at a law that is refitted whenever runs land.

What lives here: how far a law's bounds are stretched so that they may be read as the gate's plan says. What does
not: the plan (``looks``), fitting, what is asked of the law.

A parameter of a refitted law is asymptotically normal with independent increments in the information (Scharfstein,
Tsiatis & Robins 1997, JASA 92; Jennison & Turnbull 1997, JASA 92), so its distance from a limit in standard errors
moves as a mean's does: the boundaries of ``testing.spending`` and the sequences of ``testing.sequences`` hold for it
as they do for a mean, up to what "asymptotically" leaves. The share of the information is taken as the share of the
units, which is right when runs land in the same mix of scales. The standard error is that of the law's own interval,
taken to Student's t with the fit's degrees of freedom, and kept on each side apart.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from scaling_assets.records.experiment import Experiment, Gate
from scaling_assets.records.law import Law
from scaling_assets.science.fitting.scale import SCALES
from scaling_assets.science.gates.compare import Bounds
from scaling_assets.science.gates.gate import Finding
from scaling_assets.science.gates.looks import Look, blocked, look_at, plan_of, tail_at
from scaling_assets.science.testing.sequences import TUNED_FOR, t_reach


@dataclass(frozen=True)
class LawLook:
    """What the plan allows of a law now. ``stretch(factor)`` is by how much the distance of a bound from the estimate
    grows, from a single reading to one of the plan's, with ``factor`` times the units; infinite while it has none.
    """

    look: Look
    stretch: Callable[[float], float]

    def told(self, subject: str) -> str:
        """The subject of a sentence with the look's words."""
        return f"{subject}, {self.look.words}," if self.look.words else subject

    def kept(self, finding: Finding) -> Finding:
        """The finding with the look's evidence, or blocked where it may not be read."""
        found = replace(finding, evidence={**finding.evidence, **self.look.evidence})
        return blocked(found, self.look) if self.look.blocked else found


def law_look(experiment: Experiment, gate: Gate, law: Law, confidence: float) -> LawLook:
    """Return the look at a law; ``confidence`` is that of each bound of a single reading."""
    plan, n = plan_of(experiment, gate), law.n_units
    look = look_at(plan, confidence, n)
    spent = law.evidence.get("degrees_of_freedom")
    lost = n - spent if spent else float(len(law.parameters))
    if plan.plan == "fixed" or look.blocked:
        return LawLook(look, lambda factor: 1.0)

    def stretch(factor: float) -> float:
        df = max(n * factor - lost, 1.0)
        alone = float(special.stdtrit(df, confidence))
        if plan.plan == "always_valid":
            return t_reach(df + 1, 1 - confidence, float(plan.units or TUNED_FOR)) / alone
        tail = 1 - look.confidence if factor == 1.0 else tail_at(plan, confidence, n * factor)
        return float(special.stdtrit(df, 1 - tail)) / alone

    return LawLook(look, stretch)


def stretched(value: float, bounds: Bounds, by: float, residuals: str | None = None) -> Bounds:
    """Bounds at ``by`` times their distance from the value, on the law's residual scale if one is named.

    A bound that would be infinite, or leave the scale, is none.
    """
    if by == 1.0:
        return bounds
    scale = SCALES[residuals or "identity"]
    centre, *ends = (
        np.nan if number is None else float(scale.forward(np.array([number]))[0])
        for number in (value, *bounds)
    )
    with np.errstate(over="ignore", invalid="ignore"):
        moved = [float(scale.backward(np.array([centre + by * (end - centre)]))[0]) for end in ends]
    low, high = (m if np.isfinite(m) else None for m in moved)
    return low, high
