"""The developer's loop: changed code and a changed setting go onto a running local stack."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from local.children import ROOT
from local.pictures import Followed, Pictures
from local.samples import SAMPLES
from local.state import running
from local.up import LocalStack, Plan
from proofs.engine.copies import Say, copy_project

SECONDS = 60.0
"""How long an apply may take; a machine that does nothing else needs a few."""

WAIT_SECONDS = 180.0
EDITION = "the second edition of this function"

CHANGED = {
    ("update", "docker:index/image:Image", "resize"),
    ("update", "aws:lambda/function:Function", "resize"),
    ("update", "aws:lambda/function:Function", "rekognition"),
    ("update", "aws:lambda/function:Function", "api"),
    ("update", "aws:lambda/function:Function", "admit"),
}
"""What a changed line in `resize` and another threshold of the policy may touch: the review of the
API reads the policy too, and `admit` to tell which verdicts are stale."""


def loop(say: Say) -> Iterator[str]:
    """What is wrong when code and a setting change under a stack that has pictures."""
    with tempfile.TemporaryDirectory(prefix="darkroom-loop-") as name:
        project, folder = copy_project(Path(name)), Path(name) / "state"
        plan = Plan(folder=folder, models=False, program=project / "__main__.py")
        with LocalStack(plan) as local:
            stack = local.up()
            before = _send(Pictures(stack), "before")
            say(f"local stack: {[each.status for each in before]} before the change")
            handler = project / "containers/resize/handler.py"
            handler.write_text(f"{handler.read_text()}\nprint({EDITION!r})\n")
            began = time.monotonic()
            steps = _apply(folder, "--config", "minSharpness=100")
            seconds = time.monotonic() - began
            say(f"local stack: applied in {seconds:.1f} s, {sorted(steps)}")
            if steps != CHANGED:
                yield f"apply must change {sorted(CHANGED)}, got {sorted(steps)}"
            if seconds > SECONDS:
                yield f"apply must take at most {SECONDS:g} s, got {seconds:.1f}"
            pictures = Pictures(running(folder))
            after = _send(pictures, "after")
            say(f"local stack: {[each.status for each in after]} after the change")
            if [each.status for each in after] != ["held"] * len(after):
                yield f"every picture must be held now, got {[each.status for each in after]}"
            known = {item.key: item.status for item in pictures.all()}
            if lost := [each.key for each in before if known.get(each.key) != each.status]:
                yield f"an apply must leave earlier pictures as they are, got {lost} changed"
            logged = stack.aws.client("logs").filter_log_events(
                logGroupName=stack.outputs["logs"]["resize"], filterPattern=f'"{EDITION}"'
            )["events"]
            if not logged:
                yield "the changed code must run after an apply, got none of its log lines"
            if again := _apply(folder):
                yield f"a second apply must change nothing, got {sorted(again)}"


def _apply(folder: Path, *options: str) -> set[tuple[str, str, str]]:
    """What `make apply` reports to have changed."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "local", "apply", "--json", *options],
        cwd=ROOT,
        env={**os.environ, "DARKROOM_STATE": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    changes = json.loads(done.stdout)["changes"]
    return {(each["step"], each["type"], each["name"]) for each in changes}


def _send(pictures: Pictures, prefix: str) -> list[Followed]:
    """Upload some samples under `prefix`, and wait for their ends."""
    followed = [
        pictures.upload((SAMPLES / name).read_bytes(), name, f"uploads/{prefix}/{name}")
        for name in ("rocket.jpg", "temple.jpg")
    ]
    for _ in pictures.follow(followed, WAIT_SECONDS):
        pass
    return followed
