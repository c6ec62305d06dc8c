"""The process's own edges: its outputs, its signals and the few variables that could break them.

Only the standard library is imported here, so that a command is safe before its own imports, which
take most of a second.
"""

import io
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, NoReturn, TextIO

__all__ = ["INTERRUPTED", "SteadyStream", "leave", "plain_numbers", "starting", "steady"]

INTERRUPTED = 130
"""The exit status of a command that a signal ended."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_AGAIN_SECONDS = 0.05
"""Long enough for the destructor to have ended."""

_NUMBERS = ("COLUMNS", "LINES", "TERMINAL_WIDTH")
_DIGITS = 5
"""Of the width of the widest terminal that anybody has."""

_NARROWEST = 20


class SteadyStream(io.RawIOBase):
    """An output that can fail without stopping whoever writes to it.

    After the first failed write everything else is dropped, and `failure` holds the reason.
    """

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw
        self.failure: OSError | None = None

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def isatty(self) -> bool:
        return self._raw.isatty()

    def write(self, data: Any, /) -> int:
        if self.failure is None:
            try:
                return self._raw.write(data) or 0
            except OSError as error:
                self.failure = error
        return len(data)

    @property
    def closed_by_reader(self) -> bool:
        """Whether the reader of a pipe wanted no more, which is no failure."""
        return isinstance(self.failure, BrokenPipeError)


def steady() -> SteadyStream:
    """Make standard output and error steady, and able to write any text in any encoding.

    Characters that an encoding lacks are escaped. Returns standard output's stream, whose
    `failure` shows at the end whether everything was written.
    """
    out, stream = _steady(sys.stdout)
    err, _ = _steady(sys.stderr)
    sys.stdout, sys.stderr = out, err
    return stream


def _steady(stream: TextIO | None) -> tuple[TextIO, SteadyStream]:
    if stream is None:  # closed before the program started
        null = SteadyStream(open(os.devnull, "wb", buffering=0))  # noqa: PTH123, SIM115 - kept open
        return io.TextIOWrapper(io.BufferedWriter(null), encoding="utf-8"), null
    with suppress(OSError):
        stream.flush()
    raw = SteadyStream(io.FileIO(stream.fileno(), "wb", closefd=False))
    text = io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=True,
    )
    return text, raw


@contextmanager
def starting() -> Iterator[None]:
    """While the command imports, let SIGINT, SIGTERM and SIGHUP end it at once.

    There is nothing to clean up, and the import system drops an exception that a signal raises in
    its callbacks. Afterwards all three raise `KeyboardInterrupt`, so that the command cleans up. A
    signal that was ignored when the process started, as under nohup, stays ignored.
    """
    heard = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    for number in heard:
        signal.signal(number, lambda *_: os._exit(INTERRUPTED))
    yield
    for number in heard:
        signal.signal(number, signal.default_int_handler)
    if heard:
        sys.unraisablehook = partial(_interrupt_again, heard[0])


def _interrupt_again(number: signal.Signals, dropped: "sys.UnraisableHookArgs") -> None:
    """Repeat an interrupt that Python drops because it was raised in a destructor or a callback."""
    if dropped.exc_type is KeyboardInterrupt:
        main = threading.main_thread().ident or 0
        threading.Timer(_AGAIN_SECONDS, signal.pthread_kill, (main, number)).start()
    else:
        sys.__unraisablehook__(dropped)


def leave(status: int) -> NoReturn:
    """End the process with this status.

    After an interrupt at once: Python would still kill itself with SIGINT if the signal came while
    it ran code in a string, as `dataclass` does. Otherwise signals are ignored from here on: the
    work is done, and Python resets its handlers before it ends, so that a signal would take the
    place of the status.
    """
    if status == INTERRUPTED:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(status)
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    sys.exit(status)


def plain_numbers() -> None:
    """Drop sizes of the terminal that are no plain number, which the libraries would fail on.

    A terminal has at least 20 columns: in fewer, tables would show nothing.
    """
    for name in _NUMBERS:
        value = os.environ.get(name, "")
        if not (value.isascii() and value.isdecimal() and len(value) <= _DIGITS and int(value)):
            os.environ.pop(name, None)
    if int(os.environ.get("COLUMNS", _NARROWEST)) < _NARROWEST:
        os.environ["COLUMNS"] = str(_NARROWEST)
