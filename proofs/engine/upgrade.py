"""A stage that release 0.1.0 deployed is brought up to today's program."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from local.children import ROOT
from proofs.engine.clouds import cloud
from proofs.engine.copies import Say
from proofs.engine.life import STORES

__all__ = ["upgrade"]

RELEASE = "a0a7c52"
"""The commit of release 0.1.0."""


def upgrade(cli: Path, say: Say) -> Iterator[str]:
    """What is wrong when today's program takes over a stage of the last release."""
    with cloud("dev", cli) as here, tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(  # noqa: S603 - fixed arguments
            ["git", "archive", RELEASE],  # noqa: S607 - the one on PATH
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        made = here.engine.stage("dev", Path(folder)).up()
        say(f"upgrade: release 0.1.0 is up, {len(made)} created")
        changes = here.engine.stage("dev").up()
        replaced = {each for each in changes if each.step == "replace"}
        say(f"upgrade: {dict(Counter(each.step for each in changes))}")
        if lost := sorted(each.name for each in replaced if each.type in STORES):
            yield f"an upgrade must replace no store, got {', '.join(lost)}"
