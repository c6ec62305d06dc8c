"""The operator's commands on a running stack, as a shell runs them."""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from local.aws import child_environment
from local.children import ROOT
from local.state import RunningStack

__all__ = ["Commands", "Done"]


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it printed."""

    status: int
    text: str
    error: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Its JSON lines."""
        return [json.loads(line) for line in self.text.splitlines()]


@dataclass(frozen=True)
class Commands:
    """`python -m ops` for one stack."""

    stack: RunningStack

    def __call__(self, *words: str) -> Done:
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "ops", *words],
            cwd=ROOT,
            env=child_environment({"DARKROOM_STATE": self.stack.folder}),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def json(self, *words: str, status: int = 0) -> list[dict[str, Any]]:
        """The JSON lines of a command that must end with `status`."""
        done = self(*words, "--json")
        assert done.status == status, done.error
        return done.lines
