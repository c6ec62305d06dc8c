"""Runs one command, and turns what goes wrong into a line and an exit status."""

from botocore.exceptions import BotoCoreError, ClientError

from ops.cli import app
from ops.options import Exit
from ops.pictures import NoPictureError
from ops.policy import PolicyError
from ops.stack import UnknownStackError
from ops.stages import BackendError
from ops.terminal import run_app
from pipeline.bus import PublishError
from pipeline.inventory import TableBusyError
from pipeline.item import MalformedItemError
from pipeline.people import AmbiguousPersonError, UnknownPersonError
from pipeline.queues import NotMovedError
from stagefile import StageFileError

__all__ = ["run"]

_STATUSES: dict[type[Exception], int] = {
    PolicyError: Exit.USAGE,
    NotMovedError: Exit.ATTENTION,
    MalformedItemError: Exit.ATTENTION,
    NoPictureError: Exit.NO_PICTURE,
    AmbiguousPersonError: Exit.USAGE,
    UnknownPersonError: Exit.NO_PICTURE,
    BotoCoreError: Exit.UNREACHABLE,
    ClientError: Exit.UNREACHABLE,
    OSError: Exit.UNREACHABLE,
    BackendError: Exit.UNREACHABLE,
    PublishError: Exit.UNREACHABLE,
    StageFileError: Exit.USAGE,
    TableBusyError: Exit.UNREACHABLE,
    UnknownStackError: Exit.UNREACHABLE,
}


def run() -> int:
    """Run the command in `sys.argv`; returns its exit status."""
    return run_app(app, _STATUSES, Exit.ATTENTION)
