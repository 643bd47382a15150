"""Law families: which curves there are.

What belongs here: one family a file, the contract (``family``), and this registry, which is also the
list that tests run over. What does not: data, fitting, choosing (``science.fitting``). A new family is
one file and one line below; a wrong one fails when this package is imported.
"""

from scaling_assets.science.laws.chinchilla import Chinchilla
from scaling_assets.science.laws.constant import Constant
from scaling_assets.science.laws.family import Family, Parameter
from scaling_assets.science.laws.linear import Linear
from scaling_assets.science.laws.logarithmic import Logarithmic
from scaling_assets.science.laws.power import Power
from scaling_assets.science.laws.power_floor import PowerFloor
from scaling_assets.science.laws.proof import register
from scaling_assets.science.laws.usl import UniversalScalability

FAMILIES: dict[str, Family] = register(
    Constant(),
    Linear(),
    Logarithmic(),
    Power(),
    PowerFloor(),
    UniversalScalability(),
    Chinchilla(),
)

__all__ = ["FAMILIES", "Family", "Parameter", "register"]
