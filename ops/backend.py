"""The stacks that the Pulumi CLI knows, in whatever backend it is logged in to."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import stagefile
from ops.stages import BackendError, Stack

__all__ = ["PulumiStacks", "protected"]

_LIST_SECONDS = 120
_DESTROY_SECONDS = 3600


class PulumiStacks:
    """The stacks of the project in the folder `root`."""

    def __init__(self, root: Path, docker_host: Callable[[], str | None]) -> None:
        self._root = root
        self._docker_host = docker_host

    def all(self) -> list[Stack]:
        listed = json.loads(self._pulumi("stack", "ls", "--json", seconds=_LIST_SECONDS))
        return [Stack(each["name"].rpartition("/")[2], _moment(each)) for each in listed]

    def destroy(self, name: str, owner: str, expires: str) -> None:
        # Without its file the CLI would look for the stack's secrets with a passphrase.
        stagefile.from_template(self._root, name, owner=owner, expires=expires)
        options = ("--yes", "--non-interactive", "--refresh", "--remove")
        self._pulumi("destroy", "--stack", name, *options, seconds=_DESTROY_SECONDS)

    def _pulumi(self, *arguments: str, seconds: int) -> str:
        cli = shutil.which("pulumi")
        if cli is None:
            raise BackendError("the Pulumi CLI must be on PATH")
        host = self._docker_host() if arguments[0] == "destroy" else None
        try:
            return subprocess.run(  # noqa: S603 - the CLI found on PATH, names as single arguments
                [cli, *arguments],
                cwd=self._root,
                env={**os.environ, **({"DOCKER_HOST": host} if host else {})},
                capture_output=True,
                text=True,
                timeout=seconds,
                check=True,
            ).stdout
        except subprocess.TimeoutExpired:
            raise BackendError(f"pulumi {arguments[0]} ran for {seconds} s and was ended") from None
        except subprocess.CalledProcessError as error:
            lines = [*error.stdout.strip().splitlines(), *error.stderr.strip().splitlines()]
            causes = [line.strip() for line in lines if "error:" in line] or lines[-1:]
            raise BackendError(f"pulumi {arguments[0]}: {'; '.join(causes)}") from None


def protected(root: Path) -> set[str]:
    """The stages that must never be removed: those whose file protects them."""
    return {
        name
        for name in stagefile.stages(root)
        if stagefile.settings(root, name).get("darkroom:protect") in (True, "true")
    }


def _moment(listed: dict[str, str]) -> datetime | None:
    text = listed.get("lastUpdate", "")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
