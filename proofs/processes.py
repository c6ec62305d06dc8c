"""The processes of this machine, as its `ps` lists them."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from local.state import RunningStack
from local.up import AWS_MODULE

__all__ = ["Process", "listed", "serving"]


@dataclass(frozen=True)
class Process:
    """One process; `seconds` of processor time are whole ones."""

    pid: int
    parent: int
    seconds: float
    args: str


def listed() -> list[Process]:
    """Every process of this machine."""
    # -ww: as wide as they are, whatever COLUMNS says.
    lines = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,time=,args="],  # noqa: S607 - the system's own ps
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.splitlines()
    found = (line.split(maxsplit=3) for line in lines)
    return [
        Process(int(pid), int(parent), _seconds(spent), args) for pid, parent, spent, args in found
    ]


def serving(stack: RunningStack) -> Iterator[tuple[str, Process]]:
    """What serves the stack, with its kind: a function, `local AWS`, or `stand-in`, which is that
    of Rekognition."""
    kinds = {
        f"ministack-lambda-{name}-": function
        for function, name in stack.outputs["functions"].items()
    }
    kinds[f"--s3-endpoint {stack.endpoint}"] = "stand-in"
    for process in listed():
        if process.parent == stack.pid and f"local.guard {AWS_MODULE}" in process.args:
            yield "local AWS", process
        for mark, kind in kinds.items():
            if mark in process.args:
                yield kind, process


def _seconds(text: str) -> float:
    """`ps` writes [days-][hours:]minutes:seconds."""
    days, _, clock = text.rpartition("-")
    total = 0.0
    for part in clock.split(":"):
        total = 60 * total + float(part)
    return 86400 * int(days or 0) + total
