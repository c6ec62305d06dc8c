"""The Docker engine that images are built and functions run with."""

import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Engine", "EngineError", "Say", "find_engine"]

Say = Callable[[str], None]
"""Called with each step as it starts, in a few words."""

ENVIRONMENT = {"DOCKER_BUILDKIT": "1", "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}
"""BuildKit, as Pulumi's provider uses it; an attestation would turn the manifest into an index."""


class EngineError(RuntimeError):
    """No engine, or a command that failed; the message has the fix or its last lines."""


@dataclass(frozen=True)
class Engine:
    """A running engine, and a client that can build with BuildKit."""

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


def find_engine() -> Engine:
    """The engine that runs here.

    Raises:
        EngineError: none does; the message has the fix.
    """
    for client in _clients(os.environ):
        version = _version(client)
        if version and _builds(client, version):
            return Engine(client)
    raise EngineError(
        "a Docker engine must be running, and none responds: start one; on Debian, "
        "python -m proofs.docker installs and starts one"
    )


def _clients(environment: Mapping[str, str]) -> list[Path]:
    """Every `docker` on the path: the first may be one without a builder."""
    folders = environment.get("PATH", "").split(os.pathsep)
    return [file for folder in folders if os.access(file := Path(folder) / "docker", os.X_OK)]


def _version(client: Path) -> int | None:
    """The client's major version; None if it reaches no engine."""
    done = subprocess.run(  # noqa: S603 - found on PATH
        [client, "version", "--format", "{{.Client.Version}} {{.Server.Version}}"],
        capture_output=True,
        text=True,
    )
    major = re.match(r"(\d+)\.", done.stdout)
    return int(major[1]) if done.returncode == 0 and major else None


def _builds(client: Path, version: int) -> bool:
    """Clients before 23 contain BuildKit's client; later ones need the buildx plugin."""
    if version < 23:
        return True
    plugin = [str(client), "buildx", "version"]
    return subprocess.run(plugin, capture_output=True).returncode == 0  # noqa: S603 - as above
