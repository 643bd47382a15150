"""72 published learning curves: how well the default average extrapolates, and what its interval holds.

Few-shot error of vision models against examples seen (Alabdulmohsin, Neyshabur & Zhai 2022, arXiv:2209.06640). The
rows marked for training are fitted, the others predicted. Error of a curve: root mean square of ln(predicted / seen)
over its held-out rows; the table has means over curves. Data are read at SCALING_SHARED_DATA, never copied.
"""

import argparse
import os
from pathlib import Path

import numpy as np
import pandas as pd

from scaling_assets.records.experiment import Estimator, LawQuestion
from scaling_assets.records.law import AVERAGE, Law
from scaling_assets.science.fitting import Problem, curve, fit, point_curve
from scaling_assets.science.fitting.over_laws import new_run_of

FAMILIES = ("constant", "linear", "logarithmic", "power", "power_floor", "shifted_power", "log_sigmoid",
            "saturating_power", "broken_power_1")  # fmt: skip
LIMIT = 2.2  # the held-out rows lie up to 2.16 times beyond the fitted ones
SINGLE = ("power", "power_floor", "shifted_power", "saturating_power", "broken_power_1")


def curves() -> dict[tuple[str, str], pd.DataFrame]:
    """Rows of each curve by task and model, ascending."""
    path = Path(os.environ.get("SCALING_SHARED_DATA", "")) / "vision_curves.csv"
    if not path.is_file():
        raise SystemExit(f"{path} is not there: set SCALING_SHARED_DATA to the folder with vision_curves.csv")
    frame = pd.read_csv(path)
    return {
        key: rows.sort_values("Seen Examples") for key, rows in frame.groupby(["Task", "Model"], sort=True)
    }


def problem(key: tuple[str, str], rows: pd.DataFrame) -> Problem:
    """The training rows of a curve as a problem."""
    seen = rows[rows["Training"] == 1]
    question = LawQuestion(
        metric="error", by=("examples",), families=FAMILIES, estimator=Estimator(name="least_squares"), bootstrap=200,
        segment=("task", "model"), extrapolation_limit=LIMIT,
    )  # fmt: skip
    units = np.array([f"r{i}" for i in range(len(seen))], dtype=object)
    return Problem("vision", question, seen[["Seen Examples"]].to_numpy(float), seen["Loss"].to_numpy(float), units,
                   group={"task": key[0], "model": key[1]})  # fmt: skip


def score(law: Law, rows: pd.DataFrame) -> dict[str, float]:
    """Error outside, share of held-out rows inside the new-run interval, mean log density of y."""
    held = rows[rows["Training"] == 0]
    x, y = held[["Seen Examples"]].to_numpy(float), held["Loss"].to_numpy(float)
    error = np.log(point_curve(law, x)) - np.log(y)
    out = {"rmsle": float(np.sqrt(np.mean(error**2)))}
    if law.is_average:
        _, low, high = curve(law, x, kind="new_run_over_laws", level=0.95)
        out["covered"] = float(np.mean((low <= y) & (y <= high)))
        out["density"] = float(np.mean(new_run_of(law, x).log_density(np.log(y)) - np.log(y)))
    return out


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="every sixth curve")
    every = list(curves().items())
    chosen = every[::6] if parser.parse_args().quick else every
    laws = fit([problem(key, rows) for key, rows in chosen])
    scored = []
    for key, rows in chosen:
        mine = {law.family: law for law in laws if dict(law.group) == {"task": key[0], "model": key[1]}}
        leader = next((law for law in mine.values() if law.is_leading), None)
        default = mine.get(AVERAGE) or leader
        for what, law in [("average", default), ("leader", leader), *((name, mine[name]) for name in SINGLE)]:
            if law is not None and law.is_usable:
                scored.append(
                    {"task": key[0].split("_")[0], "what": what, "made": law.family, **score(law, rows)}
                )
    frame = pd.DataFrame(scored)
    print(
        f"{len(chosen)} curves, {len(FAMILIES)} families, least squares of ln y, extrapolation limit {LIMIT}\n"
    )
    table = frame.pivot_table(index="what", columns="task", values="rmsle", aggfunc="mean")
    table["all"], table["curves"] = frame.groupby("what")["rmsle"].mean(), frame.groupby("what").size()
    print(table.round(4).to_markdown() if _has_tabulate() else table.round(4).to_string())
    mine = frame[frame["what"] == "average"]
    print(f"\nnew-run 95 % interval: holds {mine['covered'].mean():.3f} of held-out rows (mean over curves), "
          f"mean log density of y {mine['density'].mean():.2f}; averages formed for "
          f"{int((mine['made'] == AVERAGE).sum())} of {len(chosen)}")  # fmt: skip


def _has_tabulate() -> bool:
    from importlib.util import find_spec

    return find_spec("tabulate") is not None


if __name__ == "__main__":
    main()
