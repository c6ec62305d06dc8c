"""The operator's commands on a running stack, as a shell runs them."""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from local.aws import child_environment
from local.children import ROOT
from local.state import RunningStack
from tests.end_to_end.journeys import eventually

__all__ = ["Done", "Ops"]


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
class Ops:
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

    def client(self, service: str) -> Any:
        return self.stack.aws.client(service)

    def found(self, *image_ids: str) -> set[tuple[str, str]]:
        """What `reconcile` finds about these pictures, the other tests' aside."""
        *findings, _ = self("reconcile", "--grace", "0", "--json").lines
        return {
            (each["image_id"], each["kind"]) for each in findings if each["image_id"] in image_ids
        }

    def wait_until_nothing_is_found(self, *image_ids: str) -> None:
        """Give the functions time to deal with what they were told."""
        eventually(lambda: not self.found(*image_ids), 180)
