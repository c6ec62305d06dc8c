"""The terminal: how a command runs, prints and ends, for `ops` and `local` alike."""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NoReturn

import typer
from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text
from typer.core import TyperCommand, TyperGroup

from ops.streams import steady
from pipeline.text import visible

__all__ = [
    "Command",
    "Group",
    "console",
    "in_bytes",
    "is_utf8",
    "json_text",
    "moment",
    "print_line",
    "reason",
    "report",
    "run_app",
    "status",
    "watch",
]

_PIPED_WIDTH = 150
"""The width where neither a terminal nor COLUMNS gives one."""

_COLOURS = {
    "ready": "green",
    "held": "yellow",
    "rejected": "red",
    "failed": "red",
    "deleted": "dim",
}


def run_app(app: typer.Typer, statuses: Mapping[type[Exception], int], unwritten: int) -> int:
    """Run the command in `sys.argv`; returns its exit status.

    An error of a class in `statuses` becomes one line on standard error and that status; wrong
    usage becomes one line and 2. An output that cannot be written never stops the work: it is
    reported at the end, and the status is then at least `unwritten`. A reader that closes its pipe
    is no error.
    """
    output = steady()
    ended = _run(app, statuses)
    with suppress(ValueError):
        sys.stdout.flush()
    if output.failure is not None and not output.closed_by_reader:
        report(f"output must be writable, got {reason(output.failure)}")
        return ended or unwritten
    return ended


def _run(app: typer.Typer, statuses: Mapping[type[Exception], int]) -> int:
    try:
        ended = app(standalone_mode=False)
    except typer.TyperException as error:
        # Without arguments the help has been printed by now, and there is no message.
        if message := error.format_message().rstrip("."):
            report(message[:1].lower() + message[1:])
        return error.exit_code
    except tuple(statuses) as error:
        report(reason(error))
        return next(ends for kind, ends in statuses.items() if isinstance(error, kind))
    return ended if isinstance(ended, int) else 0


def report(problem: str) -> None:
    """Print a problem on one line of standard error."""
    print_line(f"error: {visible(problem)}", err=True)


def reason(error: BaseException) -> str:
    """What an error says, in words that are never empty."""
    if isinstance(error, OSError) and error.errno:
        words = (error.strerror or os.strerror(error.errno)).lower()
        if isinstance(error.filename, str | bytes):
            return f"{words}: {in_bytes(os.fsdecode(error.filename))}"
        return words
    return str(error).strip() or type(error).__name__


def print_line(text: str, *, err: bool = False, end: str = "\n") -> None:
    """Print text as it is."""
    stream = sys.stderr if err else sys.stdout
    stream.write(text + end)
    stream.flush()


def json_text(value: Any, indent: int | None = None) -> str:
    """JSON that standard output can write: characters that its encoding may lack are escaped."""
    unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    return json.dumps(value, indent=indent, ensure_ascii=not unicode)


def is_utf8(text: str) -> bool:
    """Whether an argument has no lone surrogates, as Python makes of bytes that are not UTF-8."""
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


def in_bytes(text: str) -> str:
    """An argument or a path with the bytes that are not UTF-8 written as `\\xe9`."""
    return text.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _check(parameters: Sequence[Any], context: typer.Context) -> None:
    """Refuse an argument that is not UTF-8 unless it is a path, which may be any bytes.

    Typer's own class of a parameter is private.
    """
    for parameter in parameters:
        value = context.params.get(parameter.name or "")
        for each in value if isinstance(value, list | tuple) else [value]:
            if isinstance(each, str) and not is_utf8(each):
                problem = f"must be UTF-8, got {in_bytes(each)}"
                hint = f"'{parameter.opts[0]}'"
                raise typer.BadParameter(problem, ctx=context, param_hint=hint)


class Command(TyperCommand):
    """A command whose arguments are text: each becomes a key or a name somewhere."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        rest = super().parse_args(ctx, args)
        _check(self.params, ctx)
        return rest


class Group(TyperGroup):
    """Commands with options of their own, which are text as those of a `Command`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        rest = super().parse_args(ctx, args)
        _check(self.params, ctx)
        return rest


def console(*, stderr: bool = False) -> Console:
    """A console as wide as its terminal or as COLUMNS; without either, wide enough for all."""
    made = Console(stderr=stderr, highlight=False)
    columns = os.environ.get("COLUMNS", "")
    if made.is_terminal or (columns.isascii() and columns.isdecimal() and int(columns)):
        return made
    return Console(stderr=stderr, highlight=False, width=_PIPED_WIDTH)


def watch(
    look: Callable[[], RenderableType], out: Console, pause: Callable[[], object]
) -> NoReturn:
    """Print what `look` returns, again after each pause: in place of the last on a terminal, below
    it elsewhere. Ends by what either of them raises."""
    if not out.is_terminal:
        while True:
            out.print(look())
            pause()
    with Live(look(), console=out, auto_refresh=False) as live:
        while True:
            live.refresh()
            pause()
            live.update(look())


def status(value: str) -> Text:
    """A status in its colour."""
    return Text(value, style=_COLOURS.get(value, "cyan"))


def moment(at: str) -> str:
    """A time of the catalog, which is in UTC, to the second."""
    return at[:19].replace("T", " ")
