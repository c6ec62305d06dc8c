"""Runs one command, and turns what goes wrong into a line and an exit status."""

import sys
from contextlib import suppress

import typer
from botocore.exceptions import BotoCoreError, ClientError

from ops.cli import app
from ops.options import Exit
from ops.pictures import NoPictureError
from ops.policy import PolicyError
from ops.stack import UnknownStackError
from ops.terminal import steady
from pipeline.bus import PublishError
from pipeline.inventory import TableBusyError
from pipeline.queues import NotMovedError
from pipeline.text import visible

__all__ = ["run"]


def run() -> int:
    """Run the command in `sys.argv`; returns its exit status."""
    output = steady()
    status = _run()
    with suppress(ValueError):
        sys.stdout.flush()
    if output.failure is not None and not output.closed_by_reader:
        _report(f"output must be writable, got {output.failure.strerror}")
        return max(status, Exit.ATTENTION)
    return status


def _run() -> int:
    try:
        app()
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else Exit.DONE
    except PolicyError as error:
        return _failed(error, Exit.USAGE)
    except NotMovedError as error:
        return _failed(error, Exit.ATTENTION)
    except NoPictureError as error:
        return _failed(error, Exit.NO_PICTURE)
    except (
        BotoCoreError,
        TableBusyError,
        ClientError,
        OSError,
        UnknownStackError,
        PublishError,
    ) as error:
        return _failed(error, Exit.UNREACHABLE)
    return Exit.DONE


def _failed(error: Exception, status: Exit) -> Exit:
    _report(str(error) or type(error).__name__)
    return status


def _report(problem: str) -> None:
    typer.echo(visible(f"error: {problem}"), err=True)
