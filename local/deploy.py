"""Runs the program in a process of its own against a local AWS."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from local.aws import LocalAws, child_environment
from local.children import ROOT, last_lines
from local.engine.deployment import Order
from local.state import Resource

__all__ = [
    "PROGRAM_LOG",
    "RECORD",
    "DeployError",
    "Deployed",
    "Progress",
    "run_program",
    "verify_sender",
]

PROGRAM_LOG = "program.log"
"""The file in the state folder that holds what the program wrote to standard error."""

RECORD = "resources.jsonl"
"""The file in the state folder that holds what the stack consists of."""

_SECONDS = 120.0
_COMPLAINT_LINES = 40

Progress: TypeAlias = Callable[[str], None]


class DeployError(RuntimeError):
    """The program could not be deployed; the message is its own."""


@dataclass
class Deployed:
    """What a run of the program left: its resources and outputs, and what was done to which."""

    resources: list[Resource] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    steps: list[tuple[str, Resource]] = field(default_factory=list)
    """`create`, `update`, `replace`, `delete` or `same`, in the order of their end."""


def run_program(order: Order, log: Path, progress: Progress) -> Deployed:
    """Deploy; raises `DeployError` with the end of the program's own log."""
    deployed = Deployed()
    with (
        log.open("w", encoding="utf-8") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "local.engine.program"],
            cwd=ROOT,
            env=child_environment({"PYTHONPATH": str(ROOT)}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        ) as program,
    ):
        try:
            if program.stdin is None or program.stdout is None:
                raise DeployError("the program's process has no pipes")
            program.stdin.write(json.dumps(asdict(order)))
            program.stdin.close()
            for line in program.stdout:
                _take(json.loads(line), deployed)
                progress(f"deploying the program: {len(deployed.resources)} resources")
            status = program.wait(_SECONDS)
        finally:
            # Ctrl-C leaves the program in the middle, and it may have started others.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGKILL)
    if status:
        raise DeployError(last_lines(log, _COMPLAINT_LINES))
    return deployed


def _take(message: dict[str, Any], deployed: Deployed) -> None:
    if "outputs" in message:
        deployed.outputs = message["outputs"]
        return
    step = message.pop("step")
    resource = Resource(**message)
    deployed.steps.append((step, resource))
    if step != "delete":
        deployed.resources.append(resource)


def verify_sender(order: Order) -> None:
    """Verify the address that mail is sent from, which a person does once on AWS."""
    if sender := order.config.get(f"{order.project}:sesSender"):
        ses = LocalAws(order.endpoint, order.config["aws:region"]).client("ses")
        ses.verify_email_identity(EmailAddress=sender)
