"""Laws fitted in several processes at once.

What belongs here: the pieces, the processes that fit them, and whether they pay. What does not: fitting
(``science``), which problems are due (``fits``).

A helper is a fresh Python that reads problems and writes laws (``fitter``), so that it works wherever this process
may start another: in a Dagster step, below a daemon, in a notebook. Problems are cut into the same pieces however
many processes there are, so the laws do not depend on it either.
"""

import contextlib
import math
import os
import pickle
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from scaling_assets.errors import FitInterrupted, NotACount
from scaling_assets.records.law import Law
from scaling_assets.science import fitting
from scaling_assets.science.fitting.backend import is_job_for_compiled, numpy_seconds, settled
from scaling_assets.science.laws import FAMILIES

PROCESSES_VARIABLE = "SCALING_ASSETS_PROCESSES"
PIECE = (
    250  # problems: of 40 points, pieces of 500, 125, 64 cost 34, 41, 50 ms of processor time each problem
)
#: Expected seconds of fitting a process from which a helper pays: it takes some 1.2 s of processor time until it fits.
WORTH_S = 8.0
QUOTA = Path("/sys/fs/cgroup/cpu.max")


def fit_each(
    problems: Sequence[fitting.Problem],
    *,
    progress: fitting.Progress | None = None,
    processes: int | None = None,
) -> list[list[Law]]:
    """The laws of each problem, as ``fitting.fit_each`` gives them.

    Args:
        processes: at most so many, this one among them; None: as many as ``allowed``, if the work repays them.

    Raises:
        FitInterrupted: a helper ended before its work was done. No helper is left behind, whatever is raised.
        NotACount: SCALING_ASSETS_PROCESSES is no whole number above 0.
    """
    cut = pieces(problems)
    expected = _expected_s(problems)
    count = min(len(cut), max(1, min(allowed(), int(expected / WORTH_S))) if processes is None else processes)
    families = {FAMILIES[name] for problem in problems for name in problem.question.families}
    work = _Work(problems, cut, progress, is_job_for_compiled(families, expected))
    helpers = [_Helper(work) for _ in range(count - 1)]
    try:
        for helper in helpers:
            helper.start()
        work.fit_here()
        for helper in helpers:
            helper.join()
        work.fit_here()  # what a helper could not do: here the error shows itself, with all that it knows
    finally:
        for helper in helpers:
            helper.end()
    work.raise_failure()
    if progress:
        progress(work.total, work.total, "fitted")
    return [work.laws[i] for i in range(len(problems))]


def allowed() -> int:
    """Processes that may fit at once: as declared in the environment, else one for each core this process may use.

    Raises:
        NotACount: the environment says something else than a whole number above 0.
    """
    declared = os.environ.get(PROCESSES_VARIABLE)
    if declared:
        if not declared.isascii() or not declared.isdigit() or int(declared) < 1:
            raise NotACount(name=PROCESSES_VARIABLE, value=declared)
        return int(declared)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, _quota(QUOTA)))


def pieces(problems: Sequence[fitting.Problem]) -> list[list[int]]:
    """Places of problems that are fitted together; those of the same design come together, in their order."""
    alike: dict[tuple[object, ...], list[int]] = {}
    for place, problem in enumerate(problems):
        key = (problem.x.shape, problem.n_scales, problem.residuals, problem.resampling, problem.estimator,
               problem.question.bootstrap)  # fmt: skip
        alike.setdefault(key, []).append(place)
    ordered = [place for members in alike.values() for place in members]
    return [ordered[low : low + PIECE] for low in range(0, len(ordered), PIECE)]


def _expected_s(problems: Sequence[fitting.Problem]) -> float:
    """About how many seconds numpy will take."""
    return sum(
        numpy_seconds(problem.question.bootstrap, len(problem.y), len(FAMILIES[name].parameters))
        for problem in problems
        for name in problem.question.families
    )


def _quota(file: Path) -> int:
    """Cores that the container's quota amounts to; without one as many as there are."""
    try:
        share, period = file.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return sys.maxsize
    return sys.maxsize if share == "max" else math.ceil(int(share) / int(period))


class _Work:
    """Pieces that wait, laws that are there, the first failure. Any thread may ask."""

    def __init__(
        self, problems: Sequence[fitting.Problem], cut: Sequence[list[int]], progress: fitting.Progress | None,
        is_compiled: bool,
    ) -> None:  # fmt: skip
        self.problems = problems
        self.is_compiled = is_compiled  # one backend for all pieces, wherever they are fitted
        self.laws: dict[int, list[Law]] = {}
        self.total = sum(len(problem.question.families) for problem in problems)
        self._progress = progress
        self._waiting = deque(cut)
        self._done = 0
        self._failure: BaseException | None = None
        self._turn = threading.Lock()

    def fit_here(self) -> None:
        """Fit pieces in this process until none waits."""
        while (piece := self.take()) is not None:
            mine = [self.problems[place] for place in piece]
            with settled(self.is_compiled):
                laws = fitting.fit_each(mine, progress=self._tell if self._progress else None)
            self.put(piece, laws)

    def take(self) -> list[int] | None:
        """The next piece; None when none waits or a helper failed."""
        with self._turn:
            return self._waiting.popleft() if self._waiting and self._failure is None else None

    def put(self, piece: Sequence[int], laws: Sequence[list[Law]]) -> None:
        """Keep the laws of a piece."""
        with self._turn:
            self.laws.update(zip(piece, laws, strict=True))
            self._done += sum(len(self.problems[place].question.families) for place in piece)

    def give_back(self, piece: list[int]) -> None:
        """Somebody else has to fit this piece."""
        with self._turn:
            self._waiting.append(piece)

    def fail(self, failure: BaseException) -> None:
        """Remember the first failure; nothing more is begun."""
        with self._turn:
            self._failure = self._failure or failure

    def raise_failure(self) -> None:
        """Raise what a helper met."""
        if self._failure is not None:
            raise self._failure

    def _tell(self, done: int, total: int, text: str) -> None:
        """Progress of a piece that is fitted here, counted from what is done of all."""
        if self._progress and done < total:
            self._progress(self._done + done, self.total, text)


class _Helper:
    """A process that fits pieces, and the thread that hands them over."""

    def __init__(self, work: _Work) -> None:
        self._work = work
        self._is_ending = False
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._serve, name="fitting", daemon=True)

    def start(self) -> None:
        """Start the process."""
        command = [sys.executable, "-m", "scaling_assets.pipeline.fitter"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, start_new_session=True
        )
        self._thread.start()

    def join(self) -> None:
        """Wait until no piece is left and this helper's last one is there."""
        self._thread.join()

    def end(self) -> None:
        """No process and no thread is left afterwards."""
        self._is_ending = True
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        if self._thread.is_alive():
            self._thread.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):  # a dead helper did not read all of its piece
                    pipe.close()

    def _serve(self) -> None:
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        while not self._is_ending and (piece := self._work.take()) is not None:
            try:
                mine = [self._work.problems[place] for place in piece]
                pickle.dump((self._work.is_compiled, mine), process.stdin, protocol=5)
                process.stdin.flush()
                answer = pickle.load(process.stdout)
            except (EOFError, OSError, pickle.UnpicklingError):
                if not self._is_ending:
                    code = process.wait()
                    self._work.fail(FitInterrupted(problems=len(piece), code=code))
                return
            if answer is None:
                self._work.give_back(piece)
                return
            self._work.put(piece, answer)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """What a helper does: backend and problems in, laws out (None: they cannot be fitted), until the pipe closes.

    The pipe is read ahead, so that a helper whose starter is gone ends at once and not after its piece.
    """
    waiting: deque[tuple[bool, list[fitting.Problem]]] = deque()
    arrived = threading.Semaphore(0)

    def listen() -> None:
        while True:
            try:
                waiting.append(pickle.load(requests))
            except (EOFError, pickle.UnpicklingError):
                os._exit(0)
            arrived.release()

    threading.Thread(target=listen, name="listening", daemon=True).start()
    while True:
        arrived.acquire()
        is_compiled, problems = waiting.popleft()
        try:
            with settled(is_compiled):
                answer: list[list[Law]] | None = fitting.fit_each(problems)
        except Exception:  # noqa: BLE001 - whoever asked fits them again and meets the error itself
            answer = None
        pickle.dump(answer, answers, protocol=5)
        answers.flush()
