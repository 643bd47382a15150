"""How a family proves itself when it is registered: a declaration that contradicts itself never gets in.

What belongs here: checks of a declaration, and of its formula against its own gradient, second derivatives and
chart at fixed probe points. What does not: recovery from data (tests over the registry).
"""

import numpy as np

from scaling_assets.errors import WrongFamily
from scaling_assets.science.laws.family import Family

ROLES = frozenset({"exponent", "coefficient", "floor", "ceiling", "place", "contention", "coherency", ""})


def register(*families: Family) -> dict[str, Family]:
    """The registry of these families by name, each checked first.

    Raises:
        WrongFamily: a declaration contradicts itself, or a name is taken twice.
    """
    registry: dict[str, Family] = {}
    for family in families:
        problems = _declaration_problems(family) or _formula_problems(family)
        if family.name in registry:
            problems.append(f"the name {family.name!r} is taken twice")
        if problems:
            raise WrongFamily(family=family.name, problems="; ".join(problems))
        registry[family.name] = family
    return registry


def _declaration_problems(family: Family) -> list[str]:
    names = family.names
    listed = {*family.linear, *family.grids, *(name for pair in family.second or () for name in pair)}
    problems = [
        f"parameter {n!r} is declared twice" for n in sorted({n for n in names if names.count(n) > 1})
    ]
    problems += [
        f"{n!r} is in 'linear', 'grids' or 'second' but no parameter"
        for n in sorted(listed)
        if n not in names
    ]
    problems += [f"{n!r} is both in 'linear' and in 'grids'" for n in family.linear if n in family.grids]
    if type(family).cells is Family.cells:
        problems += [
            f"parameter {n!r} is neither in 'linear' nor in 'grids'"
            for n in family.nonlinear if n in names and n not in family.grids
        ]  # fmt: skip
    if family.second and type(family).bend is Family.bend:
        problems.append("'second' names second derivatives, but there is no 'bend'")
    problems += [
        f"parameter {p.name!r} has the unknown role {p.role!r}"
        for p in family.parameters if p.role not in ROLES
    ]  # fmt: skip
    problems += [
        f"parameter {p.name!r} has an empty domain" for p in family.parameters if not p.lower < p.upper
    ]
    problems += [
        f"{p.name!r} is positive, but its domain goes below 0"
        for p in family.parameters
        if p.positive and p.lower < 0
    ]
    for p in family.parameters:
        outside = [g for g in family.grids.get(p.name, ()) if not p.lower <= g <= p.upper]
        problems += [f"the grid of {p.name!r} leaves its domain at {g:g}" for g in outside]
    if family.min_points < len(names):
        problems.append(f"{family.min_points} points cannot determine {len(names)} parameters")
    texts = ("title", "equation", "citation", "at_zero", "at_infinity")
    return problems + [f"'{t}' is empty" for t in texts if not getattr(family, t).strip()]


def _formula_problems(family: Family) -> list[str]:
    """Compare formula, gradient, second derivatives and chart with each other at probe points."""
    p, n = len(family.parameters), 5
    theta, z = probe(family), probe_points(family, n)
    dy = np.empty((p, n))
    try:
        y = np.asarray(family.formula(theta, z, dy))
    except (ValueError, IndexError) as error:
        return [f"the formula cannot be evaluated: {error}"]
    if y.shape != (n,):
        return [f"the formula gives the shape {y.shape}, not {(n,)}"]
    if not np.isfinite(y).all() or not np.isfinite(dy).all():
        return [f"the formula is not finite at {dict(zip(family.names, theta.tolist(), strict=True))}"]
    problems = _derivative_problems(family, theta, z, dy)
    for name in family.linear:
        j = family.names.index(name)
        moved = theta + np.where(np.arange(p) == j, 0.25, 0.0)
        if not np.allclose(family.evaluate(moved, z)[0] - y, 0.25 * dy[j], rtol=1e-9, atol=1e-12):
            problems.append(f"the curve is not linear in {name!r}")
    return problems + _chart_problems(family, theta, n)


def _derivative_problems(family: Family, theta: np.ndarray, z: np.ndarray, dy: np.ndarray) -> list[str]:
    problems, p, step = [], len(theta), 1e-6
    second = np.zeros((p, p, dy.shape[1]))
    if family.second:
        d2 = np.empty((len(family.second), dy.shape[1]))
        family.bend(theta, z, dy, d2)
        for m, pair in enumerate(family.second):
            i, j = family.index(pair)
            second[i, j] = second[j, i] = d2[m]
    for j, name in enumerate(family.names):
        shift = np.where(np.arange(p) == j, step, 0.0)
        (up, dup), (down, ddown) = family.evaluate(theta + shift, z), family.evaluate(theta - shift, z)
        if not np.allclose((up - down) / (2 * step), dy[j], rtol=1e-6, atol=1e-7):
            problems.append(f"the gradient by {name!r} is not the derivative of the curve")
        if family.second is not None and not np.allclose(
            (dup - ddown) / (2 * step), second[j], rtol=1e-5, atol=1e-6
        ):
            problems.append(f"the second derivatives by {name!r} are not those of the gradient")
    return problems


def _chart_problems(family: Family, theta: np.ndarray, n: int) -> list[str]:
    raw = probe_points(family, n)
    centre, scale = (a[:, 0] for a in family.frame(raw[:, :, None], np.ones((n, 1), dtype=bool)))
    y_scale = 3.0 if family.has_scale else 1.0
    natural = family.rechart(theta, centre, scale, y_scale)
    if natural.shape != theta.shape:
        return [f"rechart gives the shape {natural.shape}, not {theta.shape}"]
    charted = family.evaluate(theta, (raw - centre[:, None]) / scale[:, None])[0]
    moved = family.evaluate(natural, raw)[0]
    if np.allclose(moved, y_scale * charted, rtol=1e-10):
        return []
    return ["rechart does not describe the same curve"]


def probe(family: Family) -> np.ndarray:
    """Parameters (p,) inside the domain, all different: for checks and tests."""
    p = len(family.parameters)
    inside = np.where(np.isfinite(family.upper - family.lower), 0.15, 0.0) * np.minimum(
        np.where(np.isfinite(family.upper - family.lower), family.upper - family.lower, 0.0), 1.0
    )
    return np.clip(0.4 + 0.13 * np.arange(p), family.lower + inside, family.upper - inside)


def probe_points(family: Family, n: int) -> np.ndarray:
    """Covariates (k, n) at which every family exists: for checks and tests."""
    return 1.0 + np.stack([np.linspace(0.1, 1.3, n) ** (a + 1) for a in range(family.axes)])
