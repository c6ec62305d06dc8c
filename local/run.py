"""Runs one command, and turns what goes wrong into a line and an exit status."""

from botocore.exceptions import BotoCoreError, ClientError

from local.children import ChildFailedError
from local.cli import app
from local.deploy import DeployError
from local.docker.engine import EngineError
from local.pictures import NoPictureError
from local.rekognition.models import ModelsError
from local.state import NoStackError, StackRunsError, StateFolderError
from ops.terminal import run_app
from stagefile import StageFileError

__all__ = ["run"]

_STATUSES: dict[type[Exception], int] = dict.fromkeys(
    (
        BotoCoreError,
        ChildFailedError,
        ClientError,
        DeployError,
        EngineError,
        ModelsError,
        NoPictureError,
        NoStackError,
        OSError,
        StackRunsError,
        StageFileError,
        StateFolderError,
        ValueError,
    ),
    1,
)


def run() -> int:
    """Run the command in `sys.argv`; returns its exit status."""
    return run_app(app, _STATUSES, unwritten=1)
