"""However the UI is stopped, its servers stop with it."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.end_to_end.servers import free_port, wait_for
from tests.orchestration.small_lab import make_lab


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=["terminated", "interrupted"])
def test_the_web_server_ends_with_the_command(tmp_path: Path, how: signal.Signals) -> None:
    lab, port = make_lab(tmp_path / "lab"), free_port()
    command = [sys.executable, "-m", "scaling_assets.cli", "ui", "--lab", str(lab), "--port", str(port)]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SCALING_", "DAGSTER_"))}
    log = tmp_path / "ui.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=kept, start_new_session=True)
    try:
        wait_for("web server", lambda: _listens(port) or None, seconds=120, log=log)
        if how is signal.SIGINT:
            os.killpg(process.pid, how)  # as a terminal does
        else:
            process.send_signal(how)
        process.wait(timeout=60)
        until = time.monotonic() + 20
        while _listens(port) and time.monotonic() < until:
            time.sleep(0.2)
        assert not _listens(port)
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            process.poll()
