"""The stack that the commands work on: its outputs, and the AWS that it runs on.

`python -m local up` writes the file `outputs.json` into its state folder: the outputs, and how to
reach the AWS of this machine. Nothing else here knows of that stack.
"""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_type_hints

from aws.clients import Connection, connect
from ops.terminal import in_bytes, reason
from pipeline.shape import Shape, ShapeError

__all__ = [
    "Stack",
    "UnknownStackError",
    "from_file",
    "from_outputs",
    "from_pulumi",
    "local_stack",
]

_PULUMI_SECONDS = 120
_TOPIC = re.compile(r"arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:.+")
_STATE = Path(__file__).resolve().parent.parent / ".darkroom"
"""The state folder unless DARKROOM_STATE names another, as for `python -m local`."""


class UnknownStackError(RuntimeError):
    """There is no such stack, or its outputs cannot be read."""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack's outputs, by the names that the program exports."""

    gate: str
    originals: str
    renditions: str
    previews: str
    exports: str
    catalog: str
    audit: str
    spending: str
    likeness: str
    vectors: str
    embedding: str
    next_embedding: str
    daily_budget_usd: int
    audit_days: int
    user_pool: str
    pipeline: str
    backfill: str
    backfills: str
    notices: str
    alerts: str
    pictures_url: str
    distribution_id: str
    functions: dict[str, str]
    logs: dict[str, str]
    queues: dict[str, str]
    dead_letters: dict[str, str]

    @property
    def region(self) -> str:
        """The Region that the stack is in, from its topic's ARN."""
        return self.notices.split(":")[3]


def from_outputs(outputs: Any) -> Stack:
    """The stack with these outputs; its Region becomes that of every client made from now on.

    Raises `UnknownStackError` if another program has exported them.
    """
    names = [field.name for field in fields(Stack)]
    if not isinstance(outputs, dict) or (
        missing := [name for name in names if name not in outputs]
    ):
        problem = (
            f"lacks {', '.join(missing)}" if isinstance(outputs, dict) else "is no JSON object"
        )
        raise UnknownStackError(f"outputs must be those of a darkroom stack; this {problem}")
    try:
        Shape(get_type_hints(Stack)).check(outputs)
    except ShapeError as error:
        raise UnknownStackError(f"outputs must be those of a darkroom stack: {error}") from None
    stack = Stack(**{name: outputs[name] for name in names})
    if not _TOPIC.fullmatch(stack.notices):
        raise UnknownStackError(f"notices must be the ARN of a topic, got {stack.notices}")
    os.environ["AWS_DEFAULT_REGION"] = os.environ["AWS_REGION"] = stack.region
    return stack


def from_file(path: Path) -> Stack:
    """The stack whose outputs were saved with `pulumi stack output --json`."""
    try:
        return from_outputs(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, RecursionError, ValueError) as error:
        raise UnknownStackError(
            f"outputs must be readable as JSON, got {in_bytes(str(path))}: {reason(error)}"
        ) from error


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
        last = (error.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        raise UnknownStackError(f"pulumi printed no outputs of {name}: {last}") from error
    except (subprocess.TimeoutExpired, ValueError) as error:
        raise UnknownStackError(f"pulumi printed no outputs of {name}: {error}") from error
    return from_outputs(outputs)


def local_stack() -> Stack:
    """The stack that runs on this machine.

    Every client made from now on talks to its AWS, whatever the environment says.
    """
    folder = Path(os.environ.get("DARKROOM_STATE") or _STATE).absolute()
    file = folder / "outputs.json"
    try:
        saved = json.loads(file.read_text(encoding="utf-8"))
        stack = from_outputs(saved["outputs"])
        connect(Connection(**saved["connection"]))
    except (FileNotFoundError, NotADirectoryError):
        raise UnknownStackError(
            f"no stack runs in {folder}: start one with python -m local up, or name one with "
            "--stack or --outputs"
        ) from None
    except OSError as error:
        raise UnknownStackError(f"state folder must be readable, got {reason(error)}") from error
    except KeyError as error:
        raise UnknownStackError(f"{file} must be what local up wrote, it lacks {error}") from error
    except (RecursionError, TypeError, ValueError) as error:
        raise UnknownStackError(
            f"{file} must be what local up wrote, got {reason(error)}"
        ) from error
    return stack
