"""Which stack the commands are about: its outputs, and the AWS that it runs on."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from local.aws import ACCESS_KEY, SECRET_KEY
from local.state import NoStackError, RunningStack, running, state_folder

__all__ = [
    "Stack",
    "UnknownStackError",
    "from_file",
    "from_outputs",
    "from_pulumi",
    "local_stack",
]

_PULUMI_SECONDS = 120
_FOREIGN = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


class UnknownStackError(RuntimeError):
    """There is no such stack, or nothing tells its outputs."""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack's outputs, by the names that the program exports."""

    gate: str
    originals: str
    renditions: str
    catalog: str
    pipeline: str
    notices: str
    pictures_url: str
    distribution_id: str
    functions: Mapping[str, str]
    logs: Mapping[str, str]
    queues: Mapping[str, str]
    dead_letters: Mapping[str, str]

    @property
    def region(self) -> str:
        """The Region that the stack is in, from its topic's ARN."""
        return self.notices.split(":")[3]


def from_outputs(outputs: Any) -> Stack:
    """The stack with these outputs; its Region becomes that of every client made from now on.

    Raises `UnknownStackError` if they are not a stack's of this program.
    """
    names = [field.name for field in fields(Stack)]
    if not isinstance(outputs, dict) or (
        missing := [name for name in names if name not in outputs]
    ):
        told = f"lacks {', '.join(missing)}" if isinstance(outputs, dict) else "is no JSON object"
        raise UnknownStackError(f"outputs must be those of a darkroom stack; this {told}")
    stack = Stack(**{name: outputs[name] for name in names})
    os.environ["AWS_DEFAULT_REGION"] = os.environ["AWS_REGION"] = stack.region
    return stack


def from_file(path: Path) -> Stack:
    """The stack whose outputs were saved with `pulumi stack output --json`."""
    try:
        return from_outputs(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise UnknownStackError(f"outputs must be readable as JSON, got {path}: {error}") from error


def from_pulumi(name: str) -> Stack:
    """The stack that the Pulumi CLI knows by this name."""
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise UnknownStackError("the Pulumi CLI must be on PATH to name a stack; or give --outputs")
    try:
        done = subprocess.run(  # noqa: S603 - the CLI found on PATH, the name as one argument
            [pulumi, "stack", "output", "--json", "--stack", name],
            capture_output=True,
            text=True,
            timeout=_PULUMI_SECONDS,
            check=True,
        )
        outputs = json.loads(done.stdout)
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip().splitlines() or ["it gives no reason"])[-1]
        raise UnknownStackError(f"pulumi does not tell the outputs of {name}: {last}") from error
    except (subprocess.TimeoutExpired, ValueError) as error:
        raise UnknownStackError(f"pulumi does not tell the outputs of {name}: {error}") from error
    return from_outputs(outputs)


def local_stack() -> Stack:
    """The stack that runs on this machine.

    Every client made from now on talks to its local AWS, with that one's own credentials.
    """
    try:
        state: RunningStack = running(state_folder())
    except NoStackError as error:
        raise UnknownStackError(f"{error}; or name one with --stack or --outputs") from error
    for name in _FOREIGN:
        os.environ.pop(name, None)
        os.environ.pop(name.lower(), None)
    os.environ["AWS_ENDPOINT_URL"] = state.endpoint
    os.environ["AWS_ACCESS_KEY_ID"] = ACCESS_KEY
    os.environ["AWS_SECRET_ACCESS_KEY"] = SECRET_KEY
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    return from_outputs(state.outputs)
