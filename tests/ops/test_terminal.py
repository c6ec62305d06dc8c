"""No error is empty, and nothing about a terminal stops a command."""

import errno
import os
import re
import signal
import subprocess
import sys
from io import StringIO
from itertools import groupby
from pathlib import Path

import pytest
import typer
from rich.console import Console

from ops import streams, terminal
from ops.terminal import Command, is_utf8, reason, run_app, watch
from tests.foreground import SIGNALS, listen_to_signals


class QuietError(Exception):
    """Has nothing to say."""


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(), "OSError"),
        (OSError(errno.ENOSPC, ""), "no space left on device"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "no space left on device"),
        (
            OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/a/file"),
            "no space left on device: /a/file",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", b"/a\xff"),
            "permission denied: /a\\xff",
        ),
        (OSError(errno.EIO, "Input/output error", 7), "input/output error"),
        (ValueError(), "ValueError"),
        (ValueError("  "), "ValueError"),
        (QuietError(), "QuietError"),
        (KeyError("gate"), "'gate'"),
        (ValueError("gate must be open"), "gate must be open"),
    ],
)
def test_an_error_is_never_empty(error: Exception, words: str) -> None:
    assert reason(error).strip()
    assert reason(error).startswith(words)


@pytest.mark.parametrize(
    ("text", "fine"),
    [("", True), ("a\u5199\U0001f469", True), ("\udce9", False), ("a\ud800b", False)],
)
def test_an_argument_is_utf_8_or_not(text: str, fine: bool) -> None:
    assert is_utf8(text) is fine


def app() -> typer.Typer:
    made = typer.Typer(add_completion=False)

    @made.command(cls=Command)
    def work(name: str, path: Path = Path(), fail: str = "") -> None:
        if fail:
            raise QuietError(fail if fail != "empty" else "")
        terminal.print_line(f"worked on {name}")

    return made


@pytest.mark.parametrize(
    ("words", "status", "out", "err"),
    [
        (["a"], 0, "worked on a\n", ""),
        (["a\udce9"], 2, "", "error: invalid value for 'name': must be UTF-8, got a\\xe9\n"),
        (["a", "--path", "\udce9"], 0, "worked on a\n", ""),
        (["a", "--fail", "so"], 7, "", "error: so\n"),
        (["a", "--fail", "empty"], 7, "", "error: QuietError\n"),
        (["a", "--fail", "two\nlines\x1b[31m"], 7, "", "error: two\\nlines\\x1b[31m\n"),
        ([], 2, "", "error: missing argument 'name'\n"),
        (["a", "--bogus"], 2, "", "error: no such option: --bogus\n"),
        (["a", "b\nc"], 2, "", "error: got unexpected extra argument(s) (b\\x0ac)\n"),
    ],
)
def test_a_command_ends_in_one_line_and_a_status(
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    status: int,
    out: str,
    err: str,
) -> None:
    before = sys.stdout, sys.stderr
    monkeypatch.setattr(sys, "argv", ["work", *words])
    with open(1, "w", closefd=False) as stdout, open(2, "w", closefd=False) as stderr:
        sys.stdout, sys.stderr = stdout, stderr
        try:
            ended = run_app(app(), {QuietError: 7}, unwritten=1)
        finally:
            sys.stdout.flush()
            sys.stdout, sys.stderr = before
    assert (ended, *capfd.readouterr()) == (status, out, err)


@pytest.mark.parametrize(
    ("columns", "kept"),
    [
        *(("80", "80"), ("1", "20"), ("19", "20"), ("0", None), ("\u00b2", None), ("-5", None)),
        *(("wide", None), ("9" * 30, None), ("", None)),
    ],
)
def test_a_width_that_is_none_is_dropped(
    monkeypatch: pytest.MonkeyPatch, columns: str, kept: str | None
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    streams.plain_numbers()
    assert os.environ.get("COLUMNS") == kept


DROPPED = """
import time
from ops.streams import starting

class Slow:
    def __del__(self):
        print("begun", flush=True)
        time.sleep(0.5)

with starting():
    pass
try:
    Slow()
    time.sleep(30)
except KeyboardInterrupt:
    print("cleaned up", flush=True)
"""

IMPORTING = """
import time
from ops.streams import starting

with starting():
    print("begun", flush=True)
    try:
        time.sleep(30)
    finally:
        print("cleaned up", flush=True)
"""


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize(
    ("program", "status", "rest"), [(DROPPED, 0, "cleaned up\n"), (IMPORTING, 130, "")]
)
def test_a_signal_is_never_lost(
    number: signal.Signals, program: str, status: int, rest: str
) -> None:
    with subprocess.Popen(  # noqa: S603 - a program of this test
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=listen_to_signals,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.send_signal(number)
        out, error = process.communicate(timeout=20)
    assert (process.returncode, out, error) == (status, rest, "")


@pytest.mark.parametrize("is_terminal", [True, False])
def test_what_is_watched_is_looked_at_again_after_each_pause(is_terminal: bool) -> None:
    out, looks, pauses = StringIO(), iter(("one", "two", "three")), iter((None, None))

    def pause() -> None:
        try:
            next(pauses)
        except StopIteration:
            raise KeyboardInterrupt from None

    with pytest.raises(KeyboardInterrupt):
        watch(lambda: next(looks), Console(file=out, force_terminal=is_terminal), pause)
    shown = re.findall("one|two|three", out.getvalue())
    assert [each for each, _ in groupby(shown)] == ["one", "two", "three"]
