"""The command line, with one line for every problem that has a name."""

import sys

from botocore.exceptions import BotoCoreError, ClientError

from local.children import ChildFailedError
from local.cli import app
from local.docker.engine import EngineError
from local.pictures import NoPictureError
from local.rekognition.models import ModelsError
from local.state import NoStackError, StackRunsError
from local.up import DeployError
from stagefile import StageFileError

if __name__ == "__main__":
    try:
        app()
    except (
        BotoCoreError,
        ChildFailedError,
        ClientError,
        StageFileError,
        DeployError,
        EngineError,
        ModelsError,
        NoPictureError,
        NoStackError,
        OSError,
        StackRunsError,
        ValueError,
    ) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
