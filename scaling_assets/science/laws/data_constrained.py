"""The data-constrained law: loss against model size N, training tokens D and unique tokens U.

What belongs here: the law with one exponent for model and data (the authors' choice) and with two. What does
not: the law of unique tokens only (``chinchilla``).
"""

import itertools
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from scaling_assets.science.laws.family import Family, Parameter, Seen

FAR = 300.0  # ln of the largest N / U_N that is told apart: beyond it, an added parameter is worth nothing
ROUNDS = 4  # U_N and the coefficients determine each other: repetitions until they agree well enough to start
DECAYS = (0.05, 0.12, 0.2, 0.28, 0.36, 0.45, 0.6, 0.9)
EPOCHS = (1.0, 4.0, 15.0, 60.0)
EXCESSES = (1.0, 5.0, 25.0)

_SHARED = (
    Parameter("A", "the part that N reduces, at N' = 1", "coefficient", "{y}/{x0}^-alpha", lower=0.0, positive=True),
    Parameter("B", "the part that D reduces, at D' = 1", "coefficient", "{y}/{x1}^-beta", lower=0.0, positive=True),
    Parameter("E", "the irreducible part: what remains at infinite N and unique D", "floor", "{y}", lower=0.0),
)  # fmt: skip
_WORTH = (
    Parameter("R_D", "R_D*: repeated epochs after which a token is worth 1/e of a new one", "",
              lower=0.01, upper=1e4, positive=True),
    Parameter("R_N", "R_N*: multiples of U_N after which a parameter is worth 1/e of a needed one", "",
              lower=0.01, upper=1e4, positive=True),
)  # fmt: skip


def _exponent(name: str, meaning: str) -> Parameter:
    return Parameter(name, meaning, "exponent", lower=0.01, upper=10.0, positive=True)


class _Repeated(Family):
    """Unique tokens run out: repeated ones are worth less with each epoch, and so are parameters beyond need."""

    citation = "Muennighoff et al. (2023), Scaling Data-Constrained Language Models, arXiv:2305.16264."
    at_zero = "infinity in N and in U (and so in D)"
    at_infinity = "E when N, D and U grow; E and a rest set by U when only N and D do"
    axes = 3
    covariate = "log"
    linear = ("E",)
    min_scales = 3

    def frame(self, raw: np.ndarray, used: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """D and U share a centre, so that D / U stays the number of epochs."""
        centre, scale = super().frame(raw, used)
        centre[2] = centre[1]
        return centre, scale

    def cells(self, seen: Seen) -> np.ndarray:
        """For exponents and worths on a grid, the A and B that fit best, given the U_N that they imply."""
        worth = ("R_D", "R_N")
        axes = np.meshgrid(*(np.array(self.grids[name]) for name in self.grids), indexing="ij")
        at = {name: axis.ravel()[:, None] for name, axis in zip(self.grids, axes, strict=True)}
        alpha, beta = at["alpha"], at.get("beta", at["alpha"])
        n, d, u = (z[:, None] for z in seen.z)
        unique = np.minimum(d, u)
        data = unique + _ln_worth(d - unique, at["R_D"])
        relative = np.where(seen.used, 1.0 / np.where(seen.used & (seen.y != 0), seen.y, 1.0), 0.0)[:, None]
        need = n + 0.0 * alpha
        level = np.nanmedian(np.where(seen.used, np.abs(seen.y), np.nan), axis=0)
        for _ in range(ROUNDS):
            needed = np.minimum(n, need)
            model = needed + _ln_worth(np.minimum(n - needed, FAR), at["R_N"])
            basis = np.stack(
                np.broadcast_arrays(np.exp(-alpha * model), np.exp(-beta * data), 1.0 + 0.0 * model)
            )
            a, b = np.maximum(_nonnegative(basis * relative, seen.used)[:2], 1e-4 * level)
            need = np.log(alpha * a / (beta * b)) / alpha + beta / alpha * unique
        exponents = (alpha, beta) if "beta" in at else (alpha,)
        theta = np.stack(np.broadcast_arrays(a, b, *exponents, *(at[name] for name in worth)))
        bent = self.index(self.nonlinear)
        return np.clip(theta, self.lower[bent, None, None], self.upper[bent, None, None])


def _ln_worth(excess: np.ndarray, worth: np.ndarray) -> np.ndarray:
    """ln(1 + R* (1 - exp(-R/R*))) for R = exp(excess) - 1."""
    return np.log1p(-worth * np.expm1(-np.expm1(excess) / worth))


def _nonnegative(basis: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Coefficients >= 0 (m, G, P) with which bases (m, n, G, P) add up to 1 best at the used points (n, P)."""
    size = np.maximum(np.max(np.abs(basis), axis=1, keepdims=True), 1e-300)
    scaled = np.where(used[:, None], basis / size, 0.0)
    gram = np.einsum("ingp,jngp->gpij", scaled, scaled, optimize=True)
    moment = np.moveaxis(scaled.sum(axis=1), 0, -1)
    m = len(basis)
    best, found = np.full(moment.shape[:2], -np.inf), np.zeros(moment.shape)
    for support in itertools.product((True, False), repeat=m):
        if not any(support):
            continue
        inside = np.flatnonzero(support)
        part = gram[..., inside, :][..., inside] + 1e-12 * m * np.eye(len(inside))
        value = np.linalg.solve(part, moment[..., inside, None])[..., 0]
        gain = np.einsum("gpi,gpi->gp", value, moment[..., inside])
        better = (value >= 0).all(axis=-1) & (gain > best)
        best = np.where(better, gain, best)
        full = np.zeros(moment.shape)
        full[..., inside] = value
        found = np.where(better[..., None], full, found)
    return np.moveaxis(found, -1, 0) / size[:, 0]


class DataConstrained(_Repeated):
    """One exponent for both parts, as its authors fit it (0.353).

    L = E + A / N'^alpha + B / D'^alpha with
    U_D = min(U, D), R_D = D / U_D - 1, D' = U_D + U_D R_D* (1 - exp(-R_D / R_D*)),
    U_N = min(N, N_opt), R_N = N / U_N - 1, N' = U_N + U_N R_N* (1 - exp(-R_N / R_N*)).
    N_opt is the model size for which U_D would be the compute-optimal data under 6 N D: with one exponent
    N_opt = (A / B)^(1/alpha) U_D. The authors fit E, A, B and alpha to runs without repetition first and the two
    worths afterwards; here all are estimated at once, so that U_N moves with A and B.
    """

    name = "data_constrained"
    title = "Data-constrained law, one exponent"
    equation = (
        "L(N, D, U) = E + A N'^-alpha + B D'^-alpha, D' = U_D + U_D R_D* (1 - exp(-R_D / R_D*)), "
        "N' = U_N + U_N R_N* (1 - exp(-R_N / R_N*)), R_D = D / U_D - 1, R_N = N / U_N - 1, "
        "U_D = min(U, D), U_N = min(N, (A/B)^(1/alpha) U_D)"
    )
    parameters = (
        _SHARED[0],
        Parameter("B", _SHARED[1].meaning, "coefficient", "{y}/{x1}^-alpha", lower=0.0, positive=True),
        _SHARED[2],
        _exponent("alpha", "decay exponent of both effective N and effective D"),
        *_WORTH,
    )
    grids: ClassVar[Mapping[str, tuple[float, ...]]] = {"alpha": DECAYS, "R_D": EPOCHS, "R_N": EXCESSES}
    min_points = 8

    @staticmethod
    def formula(theta: np.ndarray, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """The loss; with n = ln N', m = dn/d ln N_opt (0 where N is within need) and parts P = A N'^-alpha, Q.

        dL/dA = (1 - m) P / A, dL/dB = Q / B + m P / B, dL/dalpha = -P (n - m ln(A/B) / alpha) - Q ln D'.
        """
        a, b, alpha, r_d, r_n = theta[0], theta[1], theta[3], theta[4], theta[5]
        unique = np.minimum(z[1], z[2])
        epochs = np.expm1(z[1] - unique)
        d_decay = np.exp(-epochs / r_d)
        d_gain = 1.0 - r_d * np.expm1(-epochs / r_d)
        ratio = np.log(a / b) / alpha
        needed = np.minimum(z[0], ratio + unique)
        excess = np.expm1(np.minimum(z[0] - needed, 300.0))
        n_decay = np.exp(-excess / r_n)
        n_gain = 1.0 - r_n * np.expm1(-excess / r_n)
        ln_n, ln_d = needed + np.log(n_gain), unique + np.log(d_gain)
        by_n, by_d = np.exp(-alpha * ln_n), np.exp(-alpha * ln_d)
        n_part, d_part = a * by_n, b * by_d
        moved = 1.0 - n_decay * (excess + 1.0) / n_gain
        dy[0] = by_n * (1.0 - moved)
        dy[1] = by_d + n_part / b * moved
        dy[2] = 1.0
        dy[3] = -n_part * (ln_n - moved * ratio) - d_part * ln_d
        dy[4] = -alpha * d_part * (1.0 - d_decay * (1.0 + epochs / r_d)) / d_gain
        dy[5] = -alpha * n_part * (1.0 - n_decay * (1.0 + excess / r_n)) / n_gain
        return theta[2] + n_part + d_part

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """With ln x = centre + z, D and U alike: A = c exp(alpha centre); R_D* and R_N* are counts."""
        return _natural(theta, centre, y_scale, theta[3])


class DataConstrainedUntied(_Repeated):
    """An exponent for each part: fits closer and, on its authors' runs, extrapolates worse than one for both.

    As ``DataConstrained``, with L = E + A / N'^alpha + B / D'^beta and N_opt = G (G U_D)^(beta/alpha),
    G = (alpha A / (beta B))^(1/(alpha+beta)): the model size for which U_D is compute-optimal under 6 N D.
    """

    name = "data_constrained_untied"
    title = "Data-constrained law, two exponents"
    equation = (
        "L(N, D, U) = E + A N'^-alpha + B D'^-beta, D' = U_D + U_D R_D* (1 - exp(-R_D / R_D*)), "
        "N' = U_N + U_N R_N* (1 - exp(-R_N / R_N*)), R_D = D / U_D - 1, R_N = N / U_N - 1, U_D = min(U, D), "
        "U_N = min(N, G (G U_D)^(beta/alpha)), G = (alpha A / (beta B))^(1/(alpha+beta))"
    )
    parameters = (
        *_SHARED,
        _exponent("alpha", "decay exponent of effective N"),
        _exponent("beta", "decay exponent of effective D"),
        *_WORTH,
    )
    grids: ClassVar[Mapping[str, tuple[float, ...]]] = {
        "alpha": DECAYS, "beta": DECAYS, "R_D": EPOCHS, "R_N": EXCESSES,
    }  # fmt: skip
    min_points = 9

    @staticmethod
    def formula(theta: np.ndarray, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """The loss; with o = ln N_opt = ln(alpha A / (beta B)) / alpha + (beta / alpha) ln U_D, m = d ln N' / do.

        dL/dA = (1 - m) P / A, dL/dB = Q / B + m P / B, dL/dalpha = -P (ln N' + m (1/alpha - o)),
        dL/dbeta = -Q ln D' - P m (ln U_D - 1/beta), since
        do/dalpha = (1/alpha - o) / alpha, do/dbeta = (ln U_D - 1/beta) / alpha.
        """
        a, b, alpha, beta, r_d, r_n = theta[0], theta[1], theta[3], theta[4], theta[5], theta[6]
        unique = np.minimum(z[1], z[2])
        epochs = np.expm1(z[1] - unique)
        d_decay = np.exp(-epochs / r_d)
        d_gain = 1.0 - r_d * np.expm1(-epochs / r_d)
        optimal = (np.log(alpha * a / (beta * b)) + beta * unique) / alpha
        needed = np.minimum(z[0], optimal)
        excess = np.expm1(np.minimum(z[0] - needed, 300.0))
        n_decay = np.exp(-excess / r_n)
        n_gain = 1.0 - r_n * np.expm1(-excess / r_n)
        ln_n, ln_d = needed + np.log(n_gain), unique + np.log(d_gain)
        by_n, by_d = np.exp(-alpha * ln_n), np.exp(-beta * ln_d)
        n_part, d_part = a * by_n, b * by_d
        moved = 1.0 - n_decay * (excess + 1.0) / n_gain
        dy[0] = by_n * (1.0 - moved)
        dy[1] = by_d + n_part / b * moved
        dy[2] = 1.0
        dy[3] = -n_part * (ln_n + moved * (1.0 / alpha - optimal))
        dy[4] = -d_part * ln_d - n_part * moved * (unique - 1.0 / beta)
        dy[5] = -beta * d_part * (1.0 - d_decay * (1.0 + epochs / r_d)) / d_gain
        dy[6] = -alpha * n_part * (1.0 - n_decay * (1.0 + excess / r_n)) / n_gain
        return theta[2] + n_part + d_part

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """With ln x = centre + z, D and U alike: A = c exp(alpha centre); R_D* and R_N* are counts."""
        return _natural(theta, centre, y_scale, theta[4])


def _natural(
    theta: np.ndarray, centre: np.ndarray, y_scale: np.ndarray | float, of_data: np.ndarray
) -> np.ndarray:
    """Parameters in natural coordinates; ``of_data`` is the exponent of D."""
    out = np.array(theta, dtype=float)
    out[0] = theta[0] * np.exp(theta[3] * centre[0]) * y_scale
    out[1] = theta[1] * np.exp(of_data * centre[1]) * y_scale
    out[2] = theta[2] * y_scale
    return out
