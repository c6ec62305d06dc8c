"""The command line, with one line and a status of its own for every problem that has a name."""

import sys

import typer
from botocore.exceptions import BotoCoreError, ClientError

from ops.cli import Exit, NoPictureError, app
from ops.policy import PolicyError
from pipeline.queues import NotMovedError
from ops.stack import UnknownStackError
from pipeline.bus import PublishError
from pipeline.inventory import TableBusyError
from pipeline.text import visible


def main() -> int:
    """Run one command and answer its exit status."""
    try:
        app()
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else Exit.DONE
    except PolicyError as error:
        return _say(error, Exit.USAGE)
    except NotMovedError as error:
        return _say(error, Exit.ATTENTION)
    except NoPictureError as error:
        return _say(error, Exit.NO_PICTURE)
    except (
        BotoCoreError,
        TableBusyError,
        ClientError,
        OSError,
        UnknownStackError,
        PublishError,
    ) as error:
        return _say(error, Exit.UNREACHABLE)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    return Exit.DONE


def _say(error: Exception, status: Exit) -> Exit:
    typer.echo(visible(f"error: {error}"), err=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
