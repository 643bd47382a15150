"""How the command line behaves whatever is asked: help, errors, streams, colour, interruption, speed."""

import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from scaling_assets import __version__
from scaling_assets.cli.main import COMMANDS
from tests.cli.conftest import environment

ESCAPE = "\x1b"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_teaches_with_examples_and_exit_codes(command, name):
    done = command(name, "--help")
    assert done.returncode == 0
    assert f"scaling-assets {name}" in done.stdout.split("Examples:")[1]
    assert re.search(r"Exit codes: \d", done.stdout)
    assert ("--json" in done.stdout) == ("JSON: {" in done.stdout) == (name != "ui")
    assert ESCAPE not in done.stdout and "╭" not in done.stdout


def test_help_of_all_lists_every_process_and_no_arguments_show_it(process):
    told = process("--help")
    assert told.stdout == process().stdout
    listed = re.findall(r"^  ([a-z-]+) {2,}\S", told.stdout.split("Commands:")[1], re.M)
    assert listed == list(COMMANDS)


def test_version(process):
    assert process("--version").stdout == f"scaling-assets {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("bogus",), "No such command"),
        (("laws", "--bogus"), "No such option"),
        (("predict", "speed"), "Missing argument"),
        (("predict", "speed", "latency_ms", "users"), "not of the form name=value"),
        (("predict", "speed", "latency_ms", "users=many"), "not a number"),
        (("predict", "speed", "latency_ms", "users=inf"), "finite"),
        (("predict", "speed", "latency_ms", "users=1", "users=2"), "given twice"),
        (("predict", "speed", "latency_ms", "users=1", "--beyond", "3"), "--reason"),
        (("run", "--quick", "--full"), "exclude one another"),
        (("allocate", "--budget", "0"), "positive"),
        (("check", "--schema", "poem"), "neither 'experiment' nor 'plan' nor 'claims'"),
        (("laws", "--lab", "/nowhere/at/all"), "No lab at"),
        (("laws", "nope"), "There is no experiment named 'nope'"),
        (("predict", "speed", "nope", "users=1"), "There is no metric named 'nope'"),
        (("allocate", "nope"), "There is no plan named 'nope'"),
        (("run", "nope"), "There is no experiment named 'nope'"),
        (("audit", "nope"), "There is no file of claims named 'nope'"),
    ],
)
def test_what_cannot_be_done_is_one_clean_message_and_code_3(command, fresh_lab, arguments, said):
    lab = () if "--lab" in arguments or arguments[0] in ("bogus", "check") else ("--lab", fresh_lab)
    done = command(*arguments, *lab)
    assert done.returncode == 3
    assert done.stdout == ""
    assert said in done.stderr and done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr and len(done.stderr.splitlines()) <= 4


def test_debug_shows_the_trace_wherever_it_stands(process, fresh_lab):
    for arguments in (("--debug", "laws", "nope"), ("laws", "nope", "--debug")):
        done = process(*arguments, "--lab", fresh_lab)
        assert done.returncode == 3 and "Traceback" in done.stderr


def test_a_pipe_gets_plain_text(process, lab):
    out = process("laws", "--lab", lab).stdout
    assert ESCAPE not in out and not re.search("[─│╭┃━]", out)
    assert max(len(line) for line in out.splitlines()) > 80  # nothing is cut to a width


def on_a_terminal(*arguments: str, **extra: str) -> str:
    """What a command writes to a terminal of 100 columns."""
    ours, theirs = pty.openpty()
    started = subprocess.Popen(
        [sys.executable, "-m", "scaling_assets.cli", *arguments],
        stdout=theirs, stderr=theirs, env=environment(TERM="xterm-256color", **extra),
    )  # fmt: skip
    os.close(theirs)
    written = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux says EIO when the other side has closed
            break
        if not part:
            break
        written += part
    os.close(ours)
    assert started.wait(timeout=60) in (0, 1, 2)
    return written.decode()


def test_a_terminal_gets_lines_and_colour_unless_it_wants_none(lab):
    coloured = on_a_terminal("verdict", "--lab", str(lab))
    assert "─" in coloured and re.search(ESCAPE + r"\[\d*;?31m", coloured)  # red for fail
    plain = on_a_terminal("verdict", "--lab", str(lab), NO_COLOR="1")
    assert "─" in plain and not re.search(ESCAPE + r"\[[\d;]*3\dm", plain)


def test_a_closed_pipe_ends_quietly(lab):
    shell = f"{sys.executable} -m scaling_assets.cli laws --json --lab '{lab}' | head -1"
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, env=environment(), timeout=60)
    assert done.stdout == "{\n" and done.stderr == ""


@pytest.mark.slow
def test_an_interruption_is_clean_and_leaves_nothing_half_done(fresh_lab, tmp_path, process):
    lab = shutil.copytree(fresh_lab, tmp_path / "web")
    started = subprocess.Popen(
        [sys.executable, "-m", "scaling_assets.cli", "run", "--lab", str(lab)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
    )  # fmt: skip
    first = started.stderr.readline()
    assert "sweep has not run" in first
    time.sleep(1)
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=60)
    assert started.returncode == 130, err
    assert "Traceback" not in err and err.rstrip().endswith("Interrupted.")
    assert out == ""
    assert process("run", "--lab", lab).returncode == 0


def fastest(process, *arguments: str) -> float:
    """Seconds of the fastest of three: what the process costs when nobody else uses the machine."""
    times = []
    for _ in range(3):
        before = os.times()
        assert process(*arguments).returncode == 0
        after = os.times()
        times.append(
            after.children_user + after.children_system - before.children_user - before.children_system
        )
    return min(times)


def test_help_answers_at_once(process):
    assert fastest(process, "check", "--help") < 0.6


def test_laws_answers_without_starting_dagster(process, lab):
    done = process("laws", "--lab", lab, PYTHONPROFILEIMPORTTIME="1")
    loaded = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines() if "|" in line}
    assert "duckdb" in loaded
    assert loaded & {"dagster", "matplotlib", "plotly", "sklearn", "jinja2"} == set()
