"""Workload ``learning_curve``: a classifier's test errors against training examples, really trained.

What is measured: errors on held-out images of scikit-learn's handwritten digits (1,797 images of
8 x 8 pixels that ship inside the library; Alpaydin and Kaynak 1998, UCI) by a support vector machine
with a Gaussian kernel, against the number of images it was trained on.

How: each seed shuffles the images once. The first ``test_items`` of the shuffle are the test set of
that seed, the next n its training set: so a seed's training sets are nested, no image is ever on both
sides, and all sizes of a seed are judged by the same images. A seed is therefore the independent
unit, not a run. Errors are counted, never averaged: rates are sums over sums.
"""

import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from time import perf_counter
from typing import Annotated

import numpy as np
from pydantic import Field

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.identity import content_id
from scaling_assets.sweeps.workload import (
    Progress,
    Row,
    WorkloadKind,
    WorkloadSettings,
    bookkeeping,
    run_prefix,
)

VERSION = "1"
IMAGES = 1797
NEEDS = ("training_examples", "test_items", "errors")


class LearningCurveSettings(WorkloadSettings):
    """Sizes, seeds and the classifier's two settings (``gamma``: kernel width, ``penalty``: C)."""

    sizes: Annotated[tuple[Annotated[int, Field(ge=10)], ...], Field(min_length=1)]
    seeds: Annotated[int, Field(ge=1, le=10_000)] = 5
    test_items: Annotated[int, Field(ge=50)] = 597
    gamma: Annotated[float, Field(gt=0)] = 0.02
    penalty: Annotated[float, Field(gt=0)] = 10.0


class LearningCurve(WorkloadKind):
    """A classifier's test errors against training examples, really trained."""

    name = "learning_curve"
    version = VERSION
    is_simulated = False
    Settings = LearningCurveSettings

    def problems(self, experiment: Experiment, settings: LearningCurveSettings) -> list[str]:
        """The workload fills 'training_examples', 'test_items' and 'errors', from 1,797 images."""
        found = [f"the experiment needs a column {n!r}" for n in NEEDS if n not in experiment.column_types]
        left = IMAGES - settings.test_items
        return found + [
            f"sizes: {n} is more than the {left} images left for training" for n in settings.sizes if n > left
        ]

    def run(
        self,
        experiment: Experiment,
        settings: LearningCurveSettings,
        *,
        seed: int,
        mode: str,
        label: str,
        progress: Progress,
    ) -> Iterator[Row]:
        """Train and test once for every seed and size (see the module)."""
        # Imported here: it takes more than a second, and only this workload needs it.
        from sklearn.datasets import load_digits
        from sklearn.svm import SVC

        pixels, digits = load_digits(return_X_y=True)
        pixels = pixels / 16.0
        prefix = run_prefix(experiment, mode, label, version=VERSION)
        header = {"is_simulated": False, **bookkeeping(experiment, mode, settings.seeds)}
        if "host" in experiment.column_types:
            header["host"] = platform.machine()
        total, done = len(settings.sizes) * settings.seeds, 0
        first = int(content_id(seed, experiment.name, mode, label), 16) % 2**31
        for own_seed in range(first, first + settings.seeds):
            order = np.random.default_rng(own_seed).permutation(len(digits))
            test, pool = order[: settings.test_items], order[settings.test_items :]
            for size in settings.sizes:
                train = pool[:size]
                model = SVC(gamma=settings.gamma, C=settings.penalty)
                start = perf_counter()
                model.fit(pixels[train], digits[train])
                elapsed = perf_counter() - start
                wrong = int((model.predict(pixels[test]) != digits[test]).sum())
                row: Row = {
                    "run_id": f"{prefix}-{done:05d}",
                    "seed": own_seed,
                    "observed_at": datetime.now(UTC).isoformat(),
                    **header,
                    "training_examples": size,
                    "test_items": settings.test_items,
                    "errors": wrong,
                }
                measured = {"training_ms": elapsed * 1e3}
                yield {**row, **{k: v for k, v in measured.items() if k in experiment.column_types}}
                done += 1
                progress(done, total, f"seed={own_seed}, training_examples={size}")
