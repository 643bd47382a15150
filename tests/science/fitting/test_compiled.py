"""The compiled backend takes the same steps as numpy to the same optima, for every family, loss and residual scale."""

import ctypes
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scaling_assets.errors import WrongFamily
from scaling_assets.science.fitting import backend
from scaling_assets.science.fitting.losses import CANONICAL, Loss
from scaling_assets.science.fitting.scale import SCALES
from scaling_assets.science.fitting.solve import Points, Rows, Solution, solve
from scaling_assets.science.fitting.systems import eliminate
from scaling_assets.science.laws import FAMILIES, Family
from scaling_assets.science.laws.proof import probe

pytestmark = pytest.mark.skipif(
    not backend.is_installed(), reason="numba is not installed (pip install .[fast])"
)

ROWS, STATIONARY, STEPS = 12, 1e-6, 80
LOSSES = [
    *((name, scale) for name in ("least_squares", "huber", "asymmetric_mae") for scale in SCALES),
    *CANONICAL.items(),
]
COMPILABLE = [family for family in FAMILIES.values() if family.is_compilable]


def _problem(family: Family, loss: Loss, scale_name: str, seed: int = 0) -> tuple[Points, Rows]:
    """Bootstraps of a planted curve with noise, from starts near it; half of the rows with targets of their own."""
    rng, n = np.random.default_rng(seed), 4 * len(family.parameters) + 12
    theta, x = probe(family), np.geomspace(1.0, 500.0, n)[:, None]
    if family.axes > 1:
        x = np.exp(rng.uniform(0.0, np.log(500.0), (n, family.axes)))
    raw = family.coordinates(x)
    centre, width = family.frame(raw[:, :, None], np.ones((n, 1), dtype=bool))
    z = (raw - centre) / width
    y = family.evaluate(theta, z)[0]
    if scale_name != "identity" and np.min(y) <= 0:
        theta[0] += 1.0 - np.min(y)  # the level, in families that can be negative
        y = family.evaluate(theta, z)[0]
    if scale_name == "logit" and np.max(y) >= 0.95:
        axis = np.ones(family.axes)
        theta = family.rechart(theta, 0.0 * axis, axis, 0.7 / np.max(y))
        y = family.evaluate(theta, z)[0]
    scale, p = SCALES[scale_name], len(theta)
    noisy = scale.backward(scale.forward(y)[:, None] + 0.01 * rng.standard_normal((n, ROWS)))
    weight = rng.multinomial(n, np.full(n, 1 / n), size=ROWS).T.astype(float)
    if loss.is_likelihood:
        trials = 400.0
        noisy = (
            rng.binomial(400, noisy) / trials
            if loss.name == "binomial"
            else rng.poisson(trials * noisy) / trials
        )
        weight *= trials
    target = noisy if loss.is_likelihood else scale.forward(noisy)
    inner = np.clip(
        theta[:, None] * (1 + 0.02 * rng.standard_normal((p, ROWS))),
        family.lower[:, None],
        family.upper[:, None],
    )
    shape = (p, ROWS)
    return Points(z[:, :, None], target[:, :1]), Rows(
        np.zeros(ROWS, dtype=int), weight, inner, np.broadcast_to(family.lower[:, None], shape),
        np.broadcast_to(family.upper[:, None], shape), np.full(ROWS, 0.02), target=target if seed % 2 == 0 else None,
    )  # fmt: skip


def _both(
    family: Family, loss: Loss, scale_name: str, points: Points, rows: Rows
) -> tuple[Solution, Solution]:
    plain, fast = (
        solve(family, SCALES[scale_name], loss, points, rows, max_iterations=STEPS, backend=b)
        for b in ("numpy", "compiled")
    )
    return plain, fast


def _assert_same(
    family: Family, loss: Loss, scale_name: str, points: Points, rows: Rows
) -> tuple[Solution, Solution]:
    plain, fast = _both(family, loss, scale_name, points, rows)
    assert np.array_equal(np.isfinite(plain.objective), np.isfinite(fast.objective))
    # Rows that run out of steps crawl along valleys, each its own way; rounding may end one a step before the other.
    is_over = (plain.iterations < STEPS) & (fast.iterations < STEPS)
    is_unlike = (plain.gradient <= STATIONARY) != (fast.gradient <= STATIONARY)
    assert np.sum(is_unlike & is_over) <= 1
    both = (plain.gradient <= 1e-8) & (fast.gradient <= 1e-8)
    target = points.target[:, rows.problem] if rows.target is None else rows.target
    size = np.max(np.abs(np.where(rows.weight > 0, target, 0.0)))
    total = rows.weight.sum(axis=0)
    rounding = (
        1e-15 * size * np.sqrt(2 * total * plain.objective)
    )  # of residuals, which are small differences
    if loss.is_likelihood:
        rounding = 1e-14 * total * (1.0 + size)  # of a deviance, in which such terms cancel
    off = np.abs(fast.objective[both] - plain.objective[both])
    assert np.all(off <= (1e-12 * plain.objective + rounding)[both])
    z, used = points.z[:, :, rows.problem[both]], rows.weight[:, both] > 0
    (curve, columns), (other, _) = (family.evaluate(found.theta[:, both], z) for found in (plain, fast))
    assert np.max(np.where(used, np.abs(other - curve) / np.abs(curve), 0.0), initial=0.0) <= 1e-7
    columns = np.where(used, columns, 0.0).transpose(2, 1, 0)
    columns = columns / np.maximum(np.linalg.norm(columns, axis=1, keepdims=True), 1e-300)
    away = (np.abs(fast.theta - plain.theta) / (1.0 + np.abs(plain.theta)))[:, both]
    assert np.all(away[:, np.linalg.cond(columns) < 100.0] <= 1e-7)  # where data identify the parameters
    return plain, fast


@pytest.mark.parametrize("family", COMPILABLE, ids=lambda family: family.name)
def test_same_optimum_as_numpy(family: Family) -> None:
    settled = 0
    for name, scale in LOSSES:
        loss = Loss(name, share=0.3)
        for seed in (0, 1):
            points, rows = _problem(family, loss, scale, seed)
            _, fast = _assert_same(family, loss, scale, points, rows)
            settled += int(np.sum(fast.gradient <= 1e-8))
    if not family.name.startswith("broken_power"):  # these crawl from such starts in either backend
        assert settled >= 0.3 * 2 * ROWS * len(LOSSES)


def test_the_same_steps_are_taken() -> None:
    family, loss = FAMILIES["power_floor"], Loss("least_squares")
    points, rows = _problem(family, loss, "log")
    for limit in (0, 1, 3, 8, 11):
        plain, fast = (
            solve(family, SCALES["log"], loss, points, rows, max_iterations=limit, backend=b)
            for b in ("numpy", "compiled")
        )
        np.testing.assert_allclose(fast.theta, plain.theta, rtol=1e-9)
        np.testing.assert_allclose(fast.objective, plain.objective, rtol=1e-12)
        if limit <= 3:  # later, rounding decides whether one more step is tried
            assert np.array_equal(fast.iterations, plain.iterations)


@pytest.mark.filterwarnings("ignore:.*encountered:RuntimeWarning")
@pytest.mark.parametrize("is_delicate", [False, True])
def test_rounding_does_not_move_what_a_system_says_nothing_of_in_either_backend(is_delicate: bool) -> None:
    import numba
    from numba import types

    from scaling_assets.science.fitting.compiled.elimination import solve_lanes
    from scaling_assets.science.fitting.compiled.lanes import WIDTH, load, pointer

    @numba.cfunc(types.void(types.int64, *[pointer] * 5, types.boolean))  # type: ignore[misc]
    def solved(p, system, g, lam, scratch, step, is_delicate):  # type: ignore[no-untyped-def]
        solve_lanes(p, system, g, load(lam, 0), scratch, step, is_delicate)

    slope = np.array([0.1, 0.7, 0.3])
    whole = np.outer(slope, slope)  # one point bends: two directions are level
    g = slope * 0.2 + 1e-17 * np.array([1.0, -3.0, 2.0])
    step, arrays = np.zeros(3 * WIDTH), [whole[np.tril_indices(3)], g, np.zeros(1)]
    memory = [*(np.repeat(a, WIDTH) for a in arrays), np.zeros(400), step]
    solved.ctypes(3, *(a.ctypes.data_as(ctypes.POINTER(ctypes.c_double)) for a in memory), is_delicate)
    expected = eliminate(whole[..., None].copy(), g[:, None], is_delicate=is_delicate)[:, 0]
    np.testing.assert_allclose(step.reshape(3, WIDTH), np.repeat(expected[:, None], WIDTH, axis=1), rtol=1e-6)


@pytest.mark.parametrize("name", ["power_floor", "power", "usl"])
def test_priors_and_bounds_are_kept_alike(name: str) -> None:
    family, loss = FAMILIES[name], Loss("huber")
    points, rows = _problem(family, loss, "log")
    p = len(family.parameters)
    rng = np.random.default_rng(3)
    mean = np.where(family.logged, 0.0, probe(family))[:, None] + 0.3 * rng.standard_normal((p, ROWS))
    prior = np.stack([mean, np.full((p, ROWS), 0.5)])
    _assert_same(family, loss, "log", points, replace(rows, prior=prior))
    prior[1, 0] = 1e10  # as sharp as a pin
    _, fast = _assert_same(family, loss, "log", points, replace(rows, prior=prior))
    assert np.all(fast.gradient <= STATIONARY)
    upper = np.array(rows.upper)
    upper[-1] = 0.9 * probe(family)[-1]  # below the optimum: the rows end on it
    _, fast = _assert_same(family, loss, "log", points, replace(rows, upper=upper))
    assert np.mean(fast.theta[-1] == upper[-1]) > 0.5
    pinned = np.array(rows.lower)
    pinned[0] = upper[0] = rows.start[0]
    _, fast = _assert_same(family, loss, "log", points, replace(rows, lower=pinned, upper=upper))
    np.testing.assert_allclose(fast.theta[0], rows.start[0], rtol=1e-15)


def test_problems_of_different_length_mix() -> None:
    """Padding, unused points that are not numbers, one row without any weight but at one point."""
    family, loss = FAMILIES["power"], Loss("least_squares")
    points, rows = _problem(family, loss, "log", seed=1)
    z, target = np.repeat(points.z, 2, axis=2), np.repeat(points.target, 2, axis=1)
    weight = np.array(rows.weight)
    z[:, -9:, 1], target[-9:, 1] = np.nan, np.nan
    problem = np.arange(ROWS) % 2
    weight[-9:, problem == 1] = 0.0
    rows = replace(rows, problem=problem, weight=weight)
    _, fast = _assert_same(family, loss, "log", Points(z, target), rows)
    assert np.all(fast.gradient < 1e-8)


def test_an_infeasible_start_is_infinite_and_an_infeasible_step_is_not() -> None:
    family, loss = FAMILIES["linear"], Loss("least_squares")
    z = np.linspace(-1.0, 1.0, 9)[None, :, None]
    target = np.log(1.0 + 0.95 * z[0])
    start = np.array([[1.0, 1.0, 3.0], [2.0, 0.1, -2.9]])  # the first curve is negative somewhere
    rows = Rows(np.zeros(3, dtype=int), np.ones((9, 3)), start, np.full((2, 3), -np.inf), np.full((2, 3), np.inf),
                np.full(3, np.inf), damping=0.0)  # fmt: skip
    for found in _both(family, loss, "log", Points(z, target), rows):
        assert np.isinf(found.objective[0]) and np.isinf(found.gradient[0])
        np.testing.assert_allclose(found.theta[:, 1:], [[1.0, 1.0], [0.95, 0.95]], atol=1e-8)


def test_threads_share_the_rows_out() -> None:
    from scaling_assets.science.fitting import compiled

    family, loss = FAMILIES["power_floor"], Loss("huber")
    points, rows = _problem(family, loss, "log")
    one, two = (
        compiled.minimise(
            family, SCALES["log"], loss, points, rows, first=8, again=1e-2, max_iterations=80, threads=n
        )
        for n in (1, 2)
    )
    assert np.array_equal(one[0], two[0]) and np.array_equal(one[1], two[1])


def test_a_row_ends_where_it_would_end_alone() -> None:
    """To the last bit, whichever rows of whatever length share its vectors."""
    family, loss = FAMILIES["power_floor"], Loss("huber")
    points, rows = _problem(family, loss, "log")
    keep = np.arange(len(rows.weight))[:, None] < np.linspace(6, len(rows.weight), ROWS)
    rows = replace(rows, weight=np.where(keep, rows.weight, 0.0), damping=1.0)
    together = solve(family, SCALES["log"], loss, points, rows, max_iterations=STEPS, backend="compiled")
    assert np.ptp((rows.weight > 0).sum(axis=0)) > 4 and np.ptp(together.iterations) > 2
    for one in range(ROWS):
        at = [one]
        row = replace(rows, problem=rows.problem[at], weight=rows.weight[:, at], start=rows.start[:, at],
                      lower=rows.lower[:, at], upper=rows.upper[:, at], delta=rows.delta[at],
                      target=rows.target[:, at])  # fmt: skip
        alone = solve(family, SCALES["log"], loss, points, row, max_iterations=STEPS, backend="compiled")
        assert np.array_equal(alone.theta[:, 0], together.theta[:, one])
        for name in ("objective", "gradient", "iterations"):
            assert getattr(alone, name)[0] == getattr(together, name)[one]


def test_a_family_that_does_not_compile_is_named() -> None:
    class Unfit(type(FAMILIES["constant"])):  # type: ignore[misc]
        name = "unfit"

        @staticmethod
        def formula(theta: np.ndarray, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
            dy[0] = 1.0
            return theta[0] + 0.0 * np.cbrt(z[0])

    points, rows = _problem(FAMILIES["constant"], Loss(), "log")
    with pytest.raises(WrongFamily, match=r"unfit.*is_compilable"):
        solve(Unfit(), SCALES["log"], Loss(), points, rows, backend="compiled")


def test_what_cannot_be_compiled_goes_the_numpy_way() -> None:
    family = FAMILIES["beta_binomial"]
    points, rows = _problem(FAMILIES["power"], Loss(), "log")
    free = replace(rows, is_scale_free=True, delta=np.full(ROWS, 1.0))
    found = solve(FAMILIES["power"], SCALES["log"], Loss(), points, free, backend="compiled")
    assert np.all(found.spread != 1.0)
    assert not family.is_compilable
    z = np.geomspace(1.0, 100.0, 9)[None, :, None]
    y = family.evaluate(np.array([0.4, 3.0]), z[:, :, 0])[0][:, None]
    one = Rows(np.zeros(1, dtype=int), np.ones((9, 1)), np.array([[0.5], [2.5]]), family.lower[:, None],
               family.upper[:, None], np.full(1, np.inf))  # fmt: skip
    found = solve(family, SCALES["log"], Loss("least_squares"), Points(z, np.log(y)), one, backend="compiled")
    np.testing.assert_allclose(found.theta[:, 0], [0.4, 3.0], rtol=1e-6)


def test_elementary_functions_agree_with_numpy() -> None:
    """Within three units in the last place everywhere, exactly at infinities, zeros and NaN."""
    from numba import cfunc, types

    from scaling_assets.science.fitting.compiled import lanes

    rng = np.random.default_rng(0)
    x = np.concatenate([
        [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 5e-324, 1e-310, -745.2, -708.5, 709.7, 709.9, 1e308, -1e308,
         0.5],
        rng.uniform(-3, 3, 4000), np.exp(rng.uniform(-700, 700, 4000)), rng.uniform(-740, 710, 4000),
        rng.normal(size=4000) * 10.0 ** rng.uniform(-20, 0, 4000),
    ])  # fmt: skip
    kind = types.void(lanes.pointer, lanes.pointer, types.intp)
    double = ctypes.POINTER(ctypes.c_double)
    for function in (np.exp, np.expm1, np.log, np.log1p, np.tanh, np.sqrt, np.abs):
        own: dict[str, Any] = {"np": np, "load": lanes.load, "store": lanes.store}
        name = function.__name__
        exec(
            f"def over(x, out, blocks):\n for b in range(blocks):\n  store(out, b, np.{name}(load(x, b)))",
            own,
        )
        out = np.empty_like(x)
        over = cfunc(kind)(own["over"])
        over.ctypes(x.ctypes.data_as(double), out.ctypes.data_as(double), len(x) // lanes.WIDTH)
        with np.errstate(all="ignore"):
            expected = function(x)
        is_number = np.isfinite(expected)
        np.testing.assert_array_max_ulp(out[is_number], expected[is_number], 3)
        np.testing.assert_array_equal(out[~is_number], expected[~is_number])


# ---- the choice ----


def test_small_work_is_numpys_and_does_not_import_numba() -> None:
    """In a fresh process: a small fit leaves numba unloaded, a large one uses it."""
    code = """
import sys
import numpy as np
from scaling_assets.science.fitting import backend
from scaling_assets.science.fitting.losses import Loss
from scaling_assets.science.fitting.scale import SCALES
from scaling_assets.science.fitting.solve import Points, Rows, solve
from scaling_assets.science.laws import FAMILIES
family, n = FAMILIES["constant"], 10
def run(count):
    ends = (np.broadcast_to(a, (1, count)) for a in (family.lower[:, None], family.upper[:, None]))
    rows = Rows(np.zeros(count, dtype=int), np.ones((n, count)), np.ones((1, count)), *ends, np.full(count, np.inf))
    points = Points(np.zeros((1, n, 1)), np.zeros((n, 1)))
    return solve(family, SCALES["identity"], Loss("least_squares"), points, rows)
run(100)
print("numba" in sys.modules)
backend.LOADING_S = backend.COMPILING_S = 1e-3
run(2000)
print("numba" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=250
    )
    assert done.stdout.split() == ["False", "True"]


def test_the_choice_weighs_work_against_getting_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    from scaling_assets.science.fitting import compiled

    family = FAMILIES["chinchilla"]
    state = {"ready": False, "kept": False}
    monkeypatch.setattr(compiled, "is_ready", lambda family: state["ready"])
    monkeypatch.setattr(compiled, "is_kept", lambda family: state["kept"])
    per_row = backend.numpy_seconds(1, 200, 5)
    between = int((backend.LOADING_S + backend.COMPILING_S) / 2 / per_row)
    enough = int(2 * backend.COMPILING_S / per_row)
    assert not backend.is_compiled_worth_it(family, between, 200)
    assert backend.is_compiled_worth_it(family, enough, 200)
    state["kept"] = True
    assert backend.is_compiled_worth_it(family, between, 200)
    assert not backend.is_compiled_worth_it(family, 10, 200)
    state["ready"] = True
    assert backend.is_compiled_worth_it(family, 10, 200)
    assert not backend.is_compiled_worth_it(FAMILIES["beta_binomial"], enough, 200)
    monkeypatch.setattr(backend, "is_installed", lambda: False)
    assert not backend.is_compiled_worth_it(family, enough, 200)


@pytest.mark.slow
def test_what_was_compiled_is_found_by_the_next_process(tmp_path: Path) -> None:
    code = """
from scaling_assets.science.fitting import compiled
from scaling_assets.science.laws import FAMILIES
print(compiled.is_kept(FAMILIES["constant"]))
compiled.prepare(FAMILIES["constant"])
"""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    said = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            timeout=250,
            env=environment,
        ).stdout.strip()
        for _ in range(2)
    ]
    assert said == ["False", "True"]
