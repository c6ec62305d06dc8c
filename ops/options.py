"""What the commands share: the stack they work on, their options, how they print and end."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import IntEnum
from typing import Annotated, Any

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
)

from ops.stack import Stack
from ops.terminal import console, json_text, print_line
from reconcile.cursor import GRACE

__all__ = [
    "GRACE_MINUTES",
    "AsJson",
    "DryRun",
    "Exit",
    "Grace",
    "bar",
    "end",
    "print_json",
    "spinner",
    "stack_of",
]


class Exit(IntEnum):
    """The process's exit statuses."""

    DONE = 0
    ATTENTION = 1
    USAGE = 2
    UNREACHABLE = 3
    NO_PICTURE = 4
    INTERRUPTED = 130


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, one object per line.")]
_LONGEST_GRACE = 10 * 365 * 24 * 60
GRACE_MINUTES = int(GRACE.total_seconds()) // 60
Grace = Annotated[
    int,
    typer.Option(
        min=0,
        max=_LONGEST_GRACE,
        metavar="MINUTES",
        help="Skip what changed within the last so many minutes.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only print what would be done.")]


def stack_of(context: typer.Context) -> Stack:
    """The stack that the options before the command name."""
    find: Callable[[], Stack] = context.obj
    return find()


def time_of(option: str, text: str | None) -> datetime | None:
    """The time that an option gives, in UTC; raises `typer.BadParameter` for any other text."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise typer.BadParameter(f"{option} must be ISO 8601, got {text}") from error


def end(*, attention: bool) -> None:
    """End the command with `Exit.ATTENTION` if something needs it."""
    if attention:
        raise typer.Exit(Exit.ATTENTION)


def print_json(value: Any) -> None:
    """Print one object on one line."""
    print_line(json_text(value))


@contextmanager
def bar(title: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error; call what it yields with the done count and the total."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with _progress(columns, quiet=quiet) as shown:
        task = shown.add_task(title, total=None)
        yield lambda done, of: shown.update(task, completed=done, total=of)


@contextmanager
def spinner(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """A line on standard error that shows progress; call what it yields with the words."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with _progress(columns, quiet=quiet) as shown:
        task = shown.add_task("")
        yield lambda words: shown.update(task, description=words)


def _progress(columns: Sequence[ProgressColumn], *, quiet: bool) -> Progress:
    """Progress on standard error, and nothing there, not even a line end, if it is no terminal."""
    out = console(stderr=True)
    return Progress(*columns, console=out, transient=True, disable=quiet or not out.is_terminal)
