"""Packages of Debian, for what a proof needs besides Python's."""

import os
import platform
import shutil
import subprocess
from collections.abc import Sequence

from local.docker.engine import EngineError

__all__ = ["InstallError", "install"]


class InstallError(EngineError):
    """The packages cannot be installed; the message has the fix."""


def install(packages: Sequence[str], *, if_known: Sequence[str] = ()) -> None:
    """Install Debian packages, and those of `if_known` that this release has.

    Raises:
        InstallError: not a Debian, not root, or apt-get failed; the message has its last lines.
    """
    names = " ".join(packages)
    if not shutil.which("apt-get"):
        raise InstallError(f"{platform.system()} has no apt-get here: install {names} by hand")
    if os.geteuid():
        raise InstallError(f"installing needs root: sudo apt-get install {names}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}

    def run(tool: str, *arguments: str) -> str:
        done = subprocess.run(  # noqa: S603 - fixed names, from PATH, as the system has them
            [tool, "--quiet", *arguments], capture_output=True, text=True, env=environment
        )
        if done.returncode:
            last = "\n".join((done.stderr or done.stdout).strip().splitlines()[-5:])
            raise InstallError(f"{tool} {arguments[0]} failed: {last}")
        return done.stdout

    run("apt-get", "update")
    known = run("apt-cache", "pkgnames").split() if if_known else []
    more = [name for name in if_known if name in known]
    run("apt-get", "install", "--yes", "--no-install-recommends", *packages, *more)
