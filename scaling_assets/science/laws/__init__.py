"""Law families: which curves there are.

What belongs here: one family a file, the contract (``family``), and this registry, which is also the
list that tests run over. What does not: data, fitting, choosing (``science.fitting``). A new family is
one file and one line below; a wrong one fails when this package is imported.
"""

from scaling_assets.science.laws.additive_power import FourCovariates, ThreeCovariates
from scaling_assets.science.laws.amdahl import Amdahl
from scaling_assets.science.laws.beta_binomial import BetaBinomial
from scaling_assets.science.laws.broken_power import OneBreak, TwoBreaks
from scaling_assets.science.laws.chinchilla import Chinchilla
from scaling_assets.science.laws.constant import Constant
from scaling_assets.science.laws.data_constrained import DataConstrained, DataConstrainedUntied
from scaling_assets.science.laws.family import Family, Parameter
from scaling_assets.science.laws.hill import Hill
from scaling_assets.science.laws.linear import Linear
from scaling_assets.science.laws.log_sigmoid import LogSigmoid
from scaling_assets.science.laws.logarithmic import Logarithmic
from scaling_assets.science.laws.mixture_of_experts import ExpertsBilinear, ExpertsPower, ExpertsSaturating
from scaling_assets.science.laws.power import Power
from scaling_assets.science.laws.power_floor import PowerFloor
from scaling_assets.science.laws.proof import register
from scaling_assets.science.laws.repeated_sampling import RepeatedSampling
from scaling_assets.science.laws.saturating_exponential import SaturatingExponential
from scaling_assets.science.laws.saturating_power import SaturatingPower
from scaling_assets.science.laws.shifted_power import ShiftedPower
from scaling_assets.science.laws.usl import UniversalScalability

FAMILIES: dict[str, Family] = register(
    Constant(),
    Linear(),
    Logarithmic(),
    Power(),
    PowerFloor(),
    UniversalScalability(),
    Chinchilla(),
    ThreeCovariates(),
    FourCovariates(),
    OneBreak(),
    TwoBreaks(),
    DataConstrained(),
    DataConstrainedUntied(),
    ExpertsBilinear(),
    ExpertsSaturating(),
    ExpertsPower(),
    ShiftedPower(),
    SaturatingPower(),
    SaturatingExponential(),
    Hill(),
    LogSigmoid(),
    RepeatedSampling(),
    BetaBinomial(),
    Amdahl(),
)

__all__ = ["FAMILIES", "Family", "Parameter", "register"]
