"""Wall time from starting Python to the first law with its interval, in a fresh process.

    python -m benchmarks.first_law

Processes take turns; a first one of each is not counted, so files are in the page cache and byte code is compiled,
as on any second start. Ours ends with a converged law: point estimate, 200 bootstrap replicates, intervals and
evidence. The peers end with a point estimate.
"""

import argparse
import resource
import subprocess
import sys
import time

import numpy as np

from benchmarks.harness import Ratio, Report, is_installed, machine, main, missing

DATA = """
import numpy as np
x = np.repeat([1.0, 3, 10, 30, 100, 300], 5)
y = 1.05 * x**0.35 * np.exp(0.05 * np.random.default_rng(1).standard_normal(len(x)))
"""
OURS = """
from scaling_assets.records.question import LawQuestion
from scaling_assets.science.fitting import Problem, fit
asked = LawQuestion(metric="y", by=("x",), families=("power",), bootstrap=200)
units = np.array([f"run{i}" for i in range(len(y))], dtype=object)
(law,) = fit([Problem("demo", asked, x[:, None], y, units)])
b = law.parameter("exponent")
assert law.is_usable and b.low < b.value < b.high
print(b.value)
"""
CURVE_FIT = """
from scipy.optimize import curve_fit
print(curve_fit(lambda x, a, b: a * x**b, x, y)[0][1])
"""
LMFIT = """
import lmfit
def power(x, a, b):
    return a * x**b
print(lmfit.Model(power).fit(y, x=x, a=1.0, b=1.0).params["b"].value)
"""


def report(rounds: int) -> Report:
    """Wall seconds a process by way, and the exponent that it prints."""
    codes = {"ours: law with interval": OURS, "scipy curve_fit: point": CURVE_FIT}
    if is_installed("lmfit"):
        codes["lmfit: point"] = LMFIT
    seconds: dict[str, list[float]] = {name: [] for name in codes}
    processor: dict[str, list[float]] = {name: [] for name in codes}
    exponents: dict[str, float] = {}
    for number in range(rounds + 1):
        for name, code in codes.items():
            start, used = time.perf_counter(), _children_cpu_s()
            exponents[name] = _exponent(code)
            if number:
                seconds[name].append(time.perf_counter() - start)
                processor[name].append(_children_cpu_s() - used)
    first = next(iter(codes))
    rows = []
    for name, taken in seconds.items():
        inside = np.array(taken) / np.array(seconds[first])
        ratio = Ratio(float(np.median(inside)), float(inside.min()), float(inside.max()))
        rows.append({
            "way": name, "n": rounds, "wall s": float(np.median(taken)), "lowest": min(taken), "highest": max(taken),
            "CPU s": float(np.median(processor[name])), "wall against ours": ratio, "exponent": exponents[name],
        })  # fmt: skip
    near = all(abs(value - 0.35) < 0.03 for value in exponents.values())
    return Report(
        "First law in a fresh process",
        [
            machine().replace("CPU time of one thread", "wall time"),
            "30 points, power law",
            *missing("lmfit", "lmfit"),
        ],
        rows,
        {"every way finds the planted exponent 0.35 within 0.03": near},
    )


def _exponent(code: str) -> float:
    done = subprocess.run([sys.executable, "-c", DATA + code], capture_output=True, text=True, check=True)
    return float(done.stdout)


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _reports(chosen: argparse.Namespace) -> list[Report]:
    return [report(chosen.rounds)]


if __name__ == "__main__":
    main(__doc__, _reports)
