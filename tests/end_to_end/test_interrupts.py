"""Signals end every phase of every command with 130 or a clean stop, and leave nothing running."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest

from local.aws import child_environment
from local.children import ROOT
from local.samples import SAMPLES
from local.state import RunningStack
from proofs import PAGE
from tests.end_to_end.journeys import eventually
from tests.foreground import SIGNALS, listen_to_signals

pytestmark = pytest.mark.terminals


class Begin(Protocol):
    """Start a command with the signals of a shell in the foreground, but for those ignored."""

    def __call__(
        self, folder: Path, *words: str, ignored: tuple[signal.Signals, ...] = ()
    ) -> "subprocess.Popen[str]": ...


@pytest.fixture
def begin() -> Iterator[Begin]:
    begun: list[subprocess.Popen[str]] = []

    def command(
        folder: Path, *words: str, ignored: tuple[signal.Signals, ...] = ()
    ) -> "subprocess.Popen[str]":
        begun.append(
            subprocess.Popen(  # noqa: S603 - our own commands
                [sys.executable, "-m", *words],
                cwd=ROOT,
                env=child_environment({"DARKROOM_STATE": str(folder)}),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                preexec_fn=partial(listen_to_signals, *ignored),
            )
        )
        return begun[-1]

    yield command
    for process in begun:
        with process:  # closes its pipes; one that a failed test left behind ends first
            process.kill()


def ends(process: "subprocess.Popen[str]", number: signal.Signals, *, of: set[int]) -> None:
    """Send the signal, and expect a quiet end."""
    process.send_signal(number)
    _, error = process.communicate(timeout=60)
    assert "Traceback" not in error or _of_python_itself(error), error
    assert process.returncode in of, (process.returncode, error)


def _of_python_itself(error: str) -> bool:
    """Whether Python was interrupted while it started, before a line of ours."""
    return str(ROOT / "ops") not in error and str(ROOT / "local") not in error


def processes_of(folder: Path) -> list[int]:
    """The processes that mention the folder in their arguments or environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                told = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if os.fsencode(folder) in told:
                found.append(int(entry.name))
    return found


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("seconds", [0.1, 0.2, 0.4, 0.8])
@pytest.mark.parametrize("words", [("ops", "status"), ("local", "list"), ("local", "up")])
def test_the_first_second_of_a_command_can_be_interrupted(
    begin: Begin, tmp_path: Path, words: tuple[str, ...], seconds: float, number: signal.Signals
) -> None:
    process = begin(tmp_path, *words)
    time.sleep(seconds)
    # Before Python runs any line of ours, the signal's own effect; a command that was done is done.
    before = {-number, 1} if seconds <= 0.2 else set()
    ends(process, number, of={130, 1, 3} | before)
    # A child that was just being started ends once it finds its parent gone.
    assert eventually(lambda: processes_of(tmp_path) == [], 10)


QUICKLY = ("--no-models", "-c", f"page={PAGE}")

PHASES: dict[str, Callable[[Path], bool]] = {
    "claiming": lambda folder: (folder / "lock").exists(),
    "starting": lambda folder: (folder / "ministack.log").exists(),
    "deploying": lambda folder: (folder / "program.log").exists(),
    "staying": lambda folder: (folder / "stack.json").exists(),
}


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("command", ["up", "demo"])
def test_every_phase_of_a_stack_can_be_interrupted(
    begin: Begin, tmp_path: Path, command: str, phase: str, number: signal.Signals
) -> None:
    if command == "demo" and phase in ("claiming", "starting"):
        pytest.skip("the same code as up")
    process = begin(tmp_path, "local", command, *QUICKLY)
    eventually(lambda: PHASES[phase](tmp_path) or process.poll() is not None, 120, 0.01)
    ends(process, number, of={0, 130})
    assert eventually(lambda: processes_of(tmp_path) == [], 10)
    assert not (tmp_path / "stack.json").exists()
    assert not (tmp_path / "outputs.json").exists()
    assert not (tmp_path / "scratch").exists()


def test_more_signals_do_not_disturb_the_end(begin: Begin, tmp_path: Path) -> None:
    process = begin(tmp_path, "local", "up", *QUICKLY)
    eventually(lambda: (tmp_path / "program.log").exists(), 120, 0.01)
    process.send_signal(signal.SIGINT)
    for _ in range(20):
        time.sleep(0.05)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGHUP)
    ends(process, signal.SIGINT, of={130})
    assert eventually(lambda: processes_of(tmp_path) == [], 10)


def test_a_stack_under_nohup_outlives_its_terminal(begin: Begin, tmp_path: Path) -> None:
    process = begin(tmp_path, "local", "up", *QUICKLY, ignored=(signal.SIGHUP,))
    eventually(lambda: (tmp_path / "stack.json").exists() or process.poll() is not None, 120)
    process.send_signal(signal.SIGHUP)
    time.sleep(1)
    assert process.poll() is None
    assert json.loads((tmp_path / "stack.json").read_text())["stage"] == "dev"
    ends(process, signal.SIGTERM, of={0})


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize(
    "words",
    [
        ("ops", "reconcile", "--grace", "0"),
        ("ops", "restore", "--status", "ready", "--dry-run"),
        ("ops", "migrate", "--dry-run"),
        ("local", "upload", str(SAMPLES / "coffee.jpg")),
        ("local", "logs"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("seconds", [0.9, 1.1, 1.4])
def test_work_on_a_stack_can_be_interrupted(
    begin: Begin,
    stack: RunningStack,
    words: tuple[str, ...],
    seconds: float,
    number: signal.Signals,
) -> None:
    process = begin(Path(stack.folder), *words)
    time.sleep(seconds)
    ends(process, number, of={130, 0, 1})
