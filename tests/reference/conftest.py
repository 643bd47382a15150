"""Every experiment of the reference lab is worked once a session, when a test first asks for it."""

from collections.abc import Callable

import pytest

from scaling_assets.lab import Lab, load_lab
from tests.reference.worked import LAB, Worked, work


@pytest.fixture(scope="session")
def lab() -> Lab:
    return load_lab(LAB)


@pytest.fixture(scope="session")
def worked(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Worked]:
    done: dict[tuple[str, str], Worked] = {}

    def once(name: str, mode: str = "full") -> Worked:
        if (name, mode) not in done:
            done[name, mode] = work(lab.experiments[name], tmp_path_factory.mktemp(name), mode=mode)
        return done[name, mode]

    return once
