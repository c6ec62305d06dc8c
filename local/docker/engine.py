"""A Docker engine to build and run with, installed and started where there is none."""

import os
import platform
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Engine", "EngineError", "Say", "forget_stale_pid", "install", "ready_engine"]

Say = Callable[[str], None]
"""Told each step as it starts, in a few words."""

ENVIRONMENT = {"DOCKER_BUILDKIT": "1", "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}
"""BuildKit, as Pulumi's provider uses it; an attestation would turn the manifest into an index."""

LOG = Path("/var/log/darkroom-dockerd.log")
PID_FILE = Path("/var/run/docker.pid")
START_SECONDS = 120.0


class EngineError(RuntimeError):
    """No engine, or an engine that refused; the message says what to do or what it said."""


@dataclass(frozen=True)
class Engine:
    """An engine that answers, through a client that can build with BuildKit."""

    client: Path

    def run(self, *arguments: str, timeout_seconds: float = 600, both: bool = False) -> str:
        """What the client printed for `arguments`, stripped; `both` adds its error stream.

        Raises:
            EngineError: it failed or took too long; the message holds its last lines.
        """
        try:
            done = subprocess.run(  # noqa: S603 - the client that was found, our own arguments
                [self.client, *arguments],
                capture_output=True,
                text=True,
                env=os.environ | ENVIRONMENT,
                timeout=timeout_seconds,
            )
        except subprocess.TimeoutExpired as error:
            raise EngineError(
                f"docker {arguments[0]} must end within {timeout_seconds:g} s, and did not"
            ) from error
        if done.returncode:
            last = "\n".join((done.stderr or done.stdout).strip().splitlines()[-25:])
            raise EngineError(f"docker {arguments[0]} failed: {last}")
        return (done.stdout + done.stderr if both else done.stdout).strip()

    def has(self, image: str) -> bool:
        """Whether the engine keeps an image under this reference."""
        try:
            self.run("image", "inspect", "--format", "{{.Id}}", image)
        except EngineError:
            return False
        return True

    def load(self, command: Sequence[str | Path], *arguments: str) -> str:
        """Pipe what `command` writes into the client run with `arguments`; what that printed."""
        with subprocess.Popen(command, stdout=subprocess.PIPE) as source:  # noqa: S603 - our own
            done = subprocess.run(  # noqa: S603 - as in `run`
                [self.client, *arguments], stdin=source.stdout, capture_output=True, text=True
            )
        if source.returncode or done.returncode:
            raise EngineError(f"docker {arguments[0]} failed: {done.stderr.strip()}")
        return done.stdout.strip()

    @property
    def architecture(self) -> str:
        """The engine's own architecture as images name it, `amd64` or `arm64`."""
        return self.run("version", "--format", "{{.Server.Arch}}")


def ready_engine(say: Say) -> Engine:
    """The engine that answers here; otherwise Debian's, installed if need be, and started.

    An engine that this starts goes on running, for the next command to find.

    Raises:
        EngineError: none could be started; what to do is in the message.
    """
    found = _answering()
    if found:
        return found
    if not shutil.which("dockerd"):
        say("installing Debian's docker.io")
        # Where the client and the builder are not inside docker.io, they are packages beside it.
        install(["docker.io", "iptables"], if_known=["docker-cli", "docker-buildx"])
        found = _wait_for_answer(5)
        if found:
            return found
    if os.geteuid():
        raise EngineError("the Docker engine must be started by root: sudo systemctl start docker")
    say("starting dockerd")
    forget_stale_pid(PID_FILE)
    with LOG.open("ab") as log:
        # Forked off for good: it serves whoever comes later as well.
        subprocess.run(["setsid", "--fork", "dockerd"], stdout=log, stderr=log, check=True)  # noqa: S607
    found = _wait_for_answer(START_SECONDS)
    if not found:
        end = "\n".join(LOG.read_text(errors="replace").splitlines()[-10:])
        raise EngineError(f"dockerd must answer within {START_SECONDS:g} s, and did not\n{end}")
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


def install(packages: Sequence[str], *, if_known: Sequence[str] = ()) -> None:
    """Install Debian packages, and those of `if_known` that this release has.

    Raises:
        EngineError: this is not a Debian, not root, or apt-get failed; its last lines are told.
    """
    names = " ".join(packages)
    if not shutil.which("apt-get"):
        raise EngineError(f"{platform.system()} has no apt-get here: install {names} by hand")
    if os.geteuid():
        raise EngineError(f"installing needs root: sudo apt-get install {names}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}

    def run(tool: str, *arguments: str) -> str:
        done = subprocess.run(  # noqa: S603 - fixed names, from PATH, as the system has them
            [tool, "--quiet", *arguments], capture_output=True, text=True, env=environment
        )
        if done.returncode:
            last = "\n".join((done.stderr or done.stdout).strip().splitlines()[-5:])
            raise EngineError(f"{tool} {arguments[0]} failed: {last}")
        return done.stdout

    run("apt-get", "update")
    known = run("apt-cache", "pkgnames").split() if if_known else []
    more = [name for name in if_known if name in known]
    run("apt-get", "install", "--yes", "--no-install-recommends", *packages, *more)


def _answering() -> Engine | None:
    for client in _clients(os.environ):
        version = _version(client)
        if version and _builds(client, version):
            return Engine(client)
    return None


def _wait_for_answer(seconds: float) -> Engine | None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = _answering()
        if found:
            return found
        time.sleep(0.3)
    return None


def _clients(environment: Mapping[str, str]) -> list[Path]:
    """Every `docker` on the path: the first may be one without a builder."""
    folders = environment.get("PATH", "").split(os.pathsep)
    return [file for folder in folders if os.access(file := Path(folder) / "docker", os.X_OK)]


def _version(client: Path) -> int | None:
    """The client's major version; None if no engine answers it."""
    done = subprocess.run(  # noqa: S603 - found on PATH
        [client, "version", "--format", "{{.Client.Version}} {{.Server.Version}}"],
        capture_output=True,
        text=True,
    )
    major = re.match(r"(\d+)\.", done.stdout)
    return int(major[1]) if done.returncode == 0 and major else None


def _builds(client: Path, version: int) -> bool:
    """Clients before 23 drive BuildKit themselves; later ones need the buildx plugin for it."""
    if version < 23:
        return True
    plugin = [str(client), "buildx", "version"]
    return subprocess.run(plugin, capture_output=True).returncode == 0  # noqa: S603 - as above
