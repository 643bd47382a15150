"""Coverage by repeated attempts when success probabilities of problems follow a beta distribution."""

import numpy as np
from scipy.special import betaln, digamma

from scaling_assets.science.laws.family import Family, Parameter, Seen

#: Shapes alpha to start from: the unsolved share falls as k^-alpha.
TAILS = (0.02, 0.05, 0.1, 0.2, 0.35, 0.6, 1.0, 1.7, 3.0, 6.0, 15.0, 50.0)


class BetaBinomial(Family):
    """Each problem has its own chance p of being solved by one attempt; p is spread as Beta(alpha, beta)."""

    name = "beta_binomial"
    title = "Coverage of a beta-binomial mixture"
    equation = "c(k) = 1 - B(alpha, beta + k) / B(alpha, beta)"
    citation = (
        "Levi (2024), A Simple Model of Inference Scaling Laws, arXiv:2410.16377; Schaeffer et al. (2025), "
        "How Do Large Language Monkeys Get Their Power (Laws)?, arXiv:2502.17578."
    )
    at_zero = "0"
    at_infinity = "1: the unsolved share falls as k^-alpha"
    covariate = "raw"
    parameters = (
        Parameter("alpha", "tail: the unsolved share falls as k^-alpha", "exponent", lower=0.0, positive=True),
        Parameter(
            "beta", "difficulty: one attempt solves alpha / (alpha + beta)", "coefficient",
            lower=0.0, positive=True,
        ),
    )  # fmt: skip
    has_scale = False
    is_compilable = False
    min_scales = 3
    min_points = 5

    @staticmethod
    def formula(theta: np.ndarray, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """1 - F, F = B(alpha, beta + k) / B(alpha, beta); the derivatives of ln F are differences of digamma."""
        alpha, beta, total = theta[0], theta[1], theta[0] + theta[1]
        log_unsolved = betaln(alpha, beta + z[0]) - betaln(alpha, beta)
        unsolved = np.exp(log_unsolved)
        gone = digamma(total) - digamma(total + z[0])
        dy[0] = -unsolved * gone
        dy[1] = -unsolved * (gone + digamma(beta + z[0]) - digamma(beta))
        return -np.expm1(log_unsolved)

    def cells(self, seen: Seen) -> np.ndarray:
        """For each alpha the beta that meets the data at few, middling and many attempts: (2, G, P).

        It comes from F = (beta / (beta + k))^alpha, which the ratio of beta functions is near.
        """
        inside = seen.used & (seen.y > 0.0) & (seen.y < 1.0)
        order = np.argsort(np.where(inside, seen.z[0], np.inf), axis=0)
        last = np.maximum(inside.sum(axis=0) - 1, 0)
        rows = np.stack([0 * last, last // 2, last])
        picked = np.take_along_axis(order, rows, axis=0)
        k = np.take_along_axis(np.broadcast_to(seen.z[0], seen.y.shape), picked, axis=0)
        unsolved = 1.0 - np.take_along_axis(np.where(inside, seen.y, 0.5), picked, axis=0)
        alpha = np.array(TAILS)[:, None, None]
        beta = k / np.maximum(np.expm1(np.minimum(-np.log(unsolved) / alpha, 700.0)), 1e-300)
        beta = np.clip(beta, 1e-12, 1e15)
        return np.stack([np.broadcast_to(alpha, beta.shape), beta]).reshape(2, -1, beta.shape[-1])

    def rechart(
        self, theta: np.ndarray, centre: np.ndarray, scale: np.ndarray, y_scale: np.ndarray | float
    ) -> np.ndarray:
        """Attempts are counted and coverage is a share: nothing is rescaled."""
        return np.stack([theta[0], theta[1]])
