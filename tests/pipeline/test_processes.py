"""Laws from several processes: the same to the last bit, or a clean error; nobody is left behind."""

import importlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from scaling_assets.errors import FitInterrupted, NotACount
from scaling_assets.pipeline import processes
from scaling_assets.records.law import Law
from scaling_assets.records.question import LawQuestion
from scaling_assets.science import fitting
from scaling_assets.science.fitting.backend import is_installed
from scaling_assets.science.laws import FAMILIES


def problems(count: int, bootstrap: int = 50) -> list[fitting.Problem]:
    question = LawQuestion(metric="y", by=["x"], families=["constant", "power"], bootstrap=bootstrap)
    x = np.repeat(2.0 ** np.arange(5), 3)
    made = []
    for place in range(count):
        noise = np.random.default_rng(place).normal(0, 0.05, len(x))
        unit = np.array([f"r{i}" for i in range(len(x))], dtype=object)
        y = 3.0 * x ** (0.2 + 0.1 * place) * np.exp(noise)
        made.append(fitting.Problem("e", question, x[:, None], y, unit, group={"place": place}))
    return made


def bits(laws: list[list[Law]]) -> list[object]:
    return [(law.law_id, law.status, law.is_leading, law.parameters, dict(law.evidence), law.draws.tobytes())
            for found in laws for law in found]  # fmt: skip


def running() -> set[int]:
    """Processes that this one has started and that have not been waited for."""
    return {int(task) for at in Path("/proc/self/task").glob("*/children") for task in at.read_text().split()}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "PIECE", 2)


@pytest.mark.usefixtures("small")
def test_two_processes_give_what_one_gives_to_the_last_bit() -> None:
    asked = problems(7)
    if is_installed():  # this process has compiled, the helper has not
        compiled = importlib.import_module("scaling_assets.science.fitting.compiled")
        for name in ("constant", "power"):
            compiled.prepare(FAMILIES[name])
    one = processes.fit_each(asked, processes=1)
    told: list[tuple[int, int]] = []
    two = processes.fit_each(
        asked, processes=2, progress=lambda done, total, text: told.append((done, total))
    )
    assert [len(laws) for laws in two] == [len(laws) for laws in one]
    assert bits(two) == bits(one)
    assert [law.group["place"] for laws in two for law in laws if law.family == "power"] == list(range(7))
    assert told[-1] == (14, 14)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


@pytest.mark.usefixtures("small")
def test_a_helper_that_is_killed_is_an_error_and_nobody_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    before = running()
    asked = problems(6)
    held = threading.Event()
    slow = fitting.fit_each

    def wait_for_the_kill(mine: list[fitting.Problem], **given: object) -> list[list[Law]]:
        held.wait(60)  # this process begins once the helper is dead
        return slow(mine)

    def kill() -> None:
        while not (started := running() - before):
            time.sleep(0.01)
        for pid in started:
            os.kill(pid, 9)
        time.sleep(0.3)
        held.set()

    monkeypatch.setattr(fitting, "fit_each", wait_for_the_kill)
    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(FitInterrupted, match="ended before its work was done"):
        processes.fit_each(asked, processes=2)
    killer.join()
    assert running() == before


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("failure", [ValueError("unheard of"), KeyboardInterrupt()])
def test_whatever_is_raised_here_ends_the_helpers(
    failure: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = running()

    def fail(mine: list[fitting.Problem], **given: object) -> list[list[Law]]:
        raise failure

    monkeypatch.setattr(fitting, "fit_each", fail)
    with pytest.raises(type(failure)):
        processes.fit_each(problems(6), processes=2)
    assert running() == before


@pytest.mark.usefixtures("small")
def test_what_a_helper_cannot_fit_raises_here_what_it_raised_there() -> None:
    asked = problems(6)
    broken = fitting.Problem(
        "e", asked[0].question, asked[0].x, asked[0].y, asked[0].unit, residuals="no scale"
    )
    with pytest.raises(KeyError, match="no scale"):
        processes.fit_each([*asked[:3], broken, *asked[3:]], processes=2)


def test_a_helper_ends_with_whoever_started_it(tmp_path: Path) -> None:
    script = (
        "import subprocess, sys, time\n"
        "p = subprocess.Popen([sys.executable, '-m', 'scaling_assets.pipeline.fitter'],\n"
        "    stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True)\n"
        "print(p.pid, flush=True)\ntime.sleep(60)\n"
    )
    starter = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    helper = int(starter.stdout.readline())
    starter.kill()
    starter.wait()
    starter.stdout.close()
    until = time.monotonic() + 60
    while _lives(helper) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _lives(helper)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_processes_are_counted_as_declared_and_as_there_are_cores(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(processes.PROCESSES_VARIABLE, "3")
    assert processes.allowed() == 3
    for wrong in ("0", "-1", "two", "1.5"):
        monkeypatch.setenv(processes.PROCESSES_VARIABLE, wrong)
        with pytest.raises(NotACount, match="whole number"):
            processes.allowed()
    monkeypatch.delenv(processes.PROCESSES_VARIABLE)
    quota = tmp_path / "cpu.max"
    monkeypatch.setattr(processes, "QUOTA", quota)
    cores = processes.allowed()
    quota.write_text("100000 100000\n")
    assert processes.allowed() == 1
    quota.write_text("max 100000\n")
    assert processes.allowed() == cores


def test_little_work_is_done_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(processes.PROCESSES_VARIABLE, "2")
    monkeypatch.setattr(processes, "PIECE", 2)
    monkeypatch.setattr(processes, "_Helper", None)  # starting one would raise
    assert len(processes.fit_each(problems(4))) == 4
