"""A Docker engine on a machine that has none: installed from Debian, and started."""

import os
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from local.docker.engine import Engine, EngineError, Say, find_engine
from proofs.debian import install

__all__ = ["forget_stale_pid", "ready_engine"]

LOG = Path("/var/log/darkroom-dockerd.log")
PID_FILE = Path("/var/run/docker.pid")
START_SECONDS = 120.0


def ready_engine(say: Say) -> Engine:
    """The engine that runs here; else Debian's, installed if missing, and started.

    An engine started here keeps running for later commands.

    Raises:
        EngineError: none could be started; the message has the fix.
    """
    with suppress(EngineError):
        return find_engine()
    if not shutil.which("dockerd"):
        say("installing Debian's docker.io")
        # Where the client and the builder are not inside docker.io, they are packages beside it.
        install(["docker.io", "iptables"], if_known=["docker-cli", "docker-buildx"])
        found = _wait_for_engine(5)
        if found:
            return found
    if os.geteuid():
        raise EngineError("the Docker engine must be started by root: sudo systemctl start docker")
    say("starting dockerd")
    forget_stale_pid(PID_FILE)
    with LOG.open("ab") as log:
        # Detached: later commands use it too.
        subprocess.run(["setsid", "--fork", "dockerd"], stdout=log, stderr=log, check=True)  # noqa: S607
    found = _wait_for_engine(START_SECONDS)
    if not found:
        end = "\n".join(LOG.read_text(errors="replace").splitlines()[-10:])
        raise EngineError(f"dockerd must respond within {START_SECONDS:g} s, and did not\n{end}")
    return found


def forget_stale_pid(file: Path) -> None:
    """Remove the engine's PID file if the process it names is another one by now.

    dockerd does so only if there is no process of that number at all, and does not start otherwise.
    """
    try:
        command = Path("/proc", str(int(file.read_text())), "comm").read_text().strip()
    except (OSError, ValueError):
        return
    if command != "dockerd":
        file.unlink(missing_ok=True)


def _wait_for_engine(seconds: float) -> Engine | None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(EngineError):
            return find_engine()
        time.sleep(0.3)
    return None
