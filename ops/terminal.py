"""The terminal: output that never stops the work, and tables as wide as there is room for."""

import io
import os
import sys
from typing import Any, TextIO

from rich.console import Console
from rich.text import Text

__all__ = ["SteadyStream", "console", "moment", "status", "steady"]

_PIPED_WIDTH = 150
"""The width where neither a terminal nor COLUMNS gives one."""

_COLOURS = {
    "ready": "green",
    "held": "yellow",
    "rejected": "red",
    "failed": "red",
    "deleted": "dim",
}


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
    `failure` tells at the end whether everything was written.
    """
    out, stream = _steady(sys.stdout)
    err, _ = _steady(sys.stderr)
    sys.stdout, sys.stderr = out, err
    return stream


def _steady(stream: TextIO | None) -> tuple[TextIO, SteadyStream]:
    if stream is None:  # closed before the program started
        null = SteadyStream(open(os.devnull, "wb", buffering=0))  # noqa: PTH123, SIM115 - kept open
        return io.TextIOWrapper(io.BufferedWriter(null), encoding="utf-8"), null
    stream.flush()
    raw = SteadyStream(io.FileIO(stream.fileno(), "wb", closefd=False))
    text = io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=True,
    )
    return text, raw


def console(*, stderr: bool = False) -> Console:
    """A console as wide as its terminal, or as COLUMNS says; without either, wide enough for all.

    Tables fit any width from 80 up.
    """
    made = Console(stderr=stderr, highlight=False)
    columns = os.environ.get("COLUMNS", "")
    if made.is_terminal or (columns.isascii() and columns.isdecimal() and int(columns)):
        return made
    return Console(stderr=stderr, highlight=False, width=_PIPED_WIDTH)


def status(value: str) -> Text:
    """A status in its colour."""
    return Text(value, style=_COLOURS.get(value, "cyan"))


def moment(at: str) -> str:
    """A time of the catalog, which is in UTC, to the second."""
    return at[:19].replace("T", " ")
