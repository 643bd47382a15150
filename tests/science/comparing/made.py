"""Planted contexts: one problem a context, around truths that differ as asked."""

import numpy as np

from scaling_assets.records.experiment import LawQuestion
from scaling_assets.science.fitting import Problem
from scaling_assets.science.synthetic import simulate_values


def contexts(truths, family="power", *, scales=6, runs=3, noise=0.05, seed=1, bootstrap=100, factor=1.0):
    """Problems of one question, one for each truth; ``noise`` is one number, or one a context."""
    rng = np.random.default_rng(seed)
    x = np.repeat(np.geomspace(1.0, 100.0, scales), runs)[:, None]
    question = LawQuestion(
        metric="y", by=("x",), families=(family,), declared=family, bootstrap=bootstrap, seed=seed
    )
    noises = np.broadcast_to(noise, len(truths))
    return [
        Problem(
            "lab",
            question,
            x,
            factor * simulate_values(family, truth, x, float(noises[k]), rng),
            np.array([f"{k}-{i}" for i in range(len(x))], dtype=object),
            group={"task": "abcdefghij"[k]},
        )
        for k, truth in enumerate(truths)
    ]
