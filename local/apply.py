"""Brings a running stack up to the program and settings as they are now, its pictures kept."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from local.children import ROOT
from local.deploy import PROGRAM_LOG, Deployed, DeployError, Progress, run_program, verify_sender
from local.engine import config
from local.engine.deployment import Order
from local.state import RunningStack

__all__ = ["apply", "unheard"]

_HEARD = ("aws:cloudwatch/eventBus:EventBus", "aws:sns/topic:Topic")
"""What the running command listens to."""


def apply(stack: RunningStack, settings: Mapping[str, str], progress: Progress) -> Deployed:
    """Run the program again on a running stack, and publish the result to other terminals.

    `settings` are kept for the next time, over those that the stack was started with. Raises
    `StageFileError` and `DeployError`; a run that fails in the middle is continued by the next.
    """
    folder = Path(stack.folder)
    overrides = {**stack.overrides, **settings}
    loaded = config.load(ROOT, stack.stage, overrides)
    if (region := loaded["aws:region"]) != stack.region:
        raise DeployError(
            f"aws:region must be {stack.region} as long as the stack runs, got {region}"
        )
    order = replace(Order(**stack.order), config=loaded)
    with _alone(folder):
        verify_sender(order)
        deployed = run_program(order, folder / PROGRAM_LOG, progress)
        changed = replace(
            stack,
            outputs=deployed.outputs,
            resources=deployed.resources,
            order={**stack.order, "config": loaded},
            overrides=overrides,
        )
        changed.save()
    return deployed


def unheard(before: RunningStack, deployed: Deployed) -> list[str]:
    """Buses and topics that are new, which only a stack that starts anew listens to."""
    known = {resource.id for type_ in _HEARD for resource in before.named(type_)}
    return [
        resource.name
        for resource in deployed.resources
        if resource.type in _HEARD and resource.id not in known
    ]


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "apply.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DeployError("another apply must end first: it is changing this stack") from None
        yield
