"""Start the real Dagster webserver and daemon over a lab, on loopback, and stop them by their own process id."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Servers:
    """A running UI with its daemon."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    home: Path

    def graphql(self, query: str, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(
            f"{self.url}/graphql", body, {"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["data"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: str, probe: Callable[[], T | None], *, seconds: float, log: Path | None = None) -> T:
    """Ask until there is an answer; fails with the servers' log when there is none in time."""
    until = time.monotonic() + seconds
    last: Exception | None = None
    while time.monotonic() < until:
        try:
            answer = probe()
        except (OSError, KeyError, TypeError, ValueError) as error:  # not up yet
            last, answer = error, None
        if answer:
            return answer
        time.sleep(0.2)
    tail = log.read_text(errors="replace")[-3000:] if log else ""
    raise AssertionError(f"no {what} within {seconds:.0f} s; last error {last!r}; log ends:\n{tail}")


@contextmanager
def serving(lab: Path, home: Path, **environment: str) -> Iterator[Servers]:
    """``scaling-assets ui`` as a person would start it, until the block ends."""
    port = free_port()
    log = home.parent / f"ui-{port}.log"
    home.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "scaling_assets.cli", "ui", "--lab", str(lab), "--port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, "DAGSTER_HOME": str(home), **environment},
            start_new_session=True,
        )
    servers = Servers(f"http://127.0.0.1:{port}", process, log, home)
    try:
        wait_for(
            "web server",
            lambda: servers.graphql(
                "{ repositoriesOrError { ... on RepositoryConnection { nodes { name } } } }"
            )["repositoriesOrError"]["nodes"],
            seconds=180,
            log=log,
        )
        yield servers
    finally:
        # The process leads its own group: the interrupt reaches the web server, daemon and code server.
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=10)
