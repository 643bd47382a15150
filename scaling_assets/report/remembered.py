"""Pictures are asked for several times in a refit (metadata, folder, summary page): made once.

What belongs here: remembering by content. What does not: pictures.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import TypeVar

import pandas as pd

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.identity import content_id
from scaling_assets.records.law import Law

T = TypeVar("T")
KEPT = 64  # pictures of one refit, a few megabytes at most

Picture = Callable[[Law, Experiment, pd.DataFrame], T]


def remembered(picture: Picture[T]) -> Picture[T]:
    """Keep the newest results of a function of a law, its experiment and the trials it was fitted to.

    A law's id covers the very points it was fitted to and its draws follow from them, so that the rest
    of the law and the declaration say what is drawn.
    """
    kept: OrderedDict[str, T] = OrderedDict()

    @wraps(picture)
    def drawn(law: Law, experiment: Experiment, trials: pd.DataFrame) -> T:
        shown = [
            str(getattr(law, part.name)) for part in fields(law) if part.name not in ("draws", "evidence")
        ]
        key = content_id(shown, experiment, len(trials))
        if key not in kept:
            kept[key] = picture(law, experiment, trials)
            if len(kept) > KEPT:
                kept.popitem(last=False)
        return kept[key]

    return drawn
