"""A function's container under Lambda's runtime interface emulator, confined as on Lambda."""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from local.docker.engine import Engine, EngineError

__all__ = ["HOST", "Emulated", "emulated"]

HOST = "host.docker.internal"
"""This machine's name inside the containers."""

USER = "993:990"
"""A user without a name or a home, as on Lambda, which assigns an arbitrary number."""

MB_PER_VCPU = 1769
"""Memory that comes with one vCPU (AWS's Lambda developer guide, "Memory")."""

INVOCATIONS = "/2015-03-31/functions/function/invocations"
ANSWER_SECONDS = 70.0
START_SECONDS = 60.0


@dataclass(frozen=True)
class Emulated:
    """A running container that has not started its runtime: the first invocation does."""

    engine: Engine
    container: str
    http: httpx.Client

    def invoke(self, event: Mapping[str, Any]) -> Any:
        """The handler's response to `event`; as on Lambda, an error it raises is a response too.

        Raises:
            EngineError: no response, or none in JSON; the message has the container's last lines.
        """
        try:
            return self.http.post(INVOCATIONS, json=event).json()
        except (httpx.HTTPError, ValueError) as error:
            raise EngineError(f"the function must respond, got {error!r}\n{self.log()}") from error

    def log(self, lines: int = 40) -> str:
        """The last lines that the function and the emulator wrote."""
        return self.engine.run("logs", "--tail", str(lines), self.container, both=True)

    def init_ms(self) -> float:
        """Milliseconds from the runtime's start to its first request for work."""
        report = re.search(r"INIT REPORT\(durationMs: ([\d.]+)\)", self.log(200))
        if not report:
            raise EngineError(f"the emulator must report the init, and did not\n{self.log()}")
        return float(report[1])

    def written(self) -> list[str]:
        """Paths outside /tmp that differ from the image's."""
        changes = self.engine.run("diff", self.container)
        return [line.split(" ", 1)[1] for line in changes.splitlines()]


@contextmanager
def emulated(
    engine: Engine,
    image: str,
    environment: Mapping[str, str],
    *,
    memory_mb: int = MB_PER_VCPU,
) -> Iterator[Emulated]:
    """Run `image` during the block, with its share of a vCPU and only /tmp writable.

    Raises:
        EngineError: the container does not start; the message has its last lines.
    """
    variables = {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory_mb), **environment}
    container = engine.run(
        *("run", "--detach", "--read-only", "--tmpfs", "/tmp:size=512m", "--user", USER),  # noqa: S108
        *("--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--pids-limit", "1024"),
        *("--cpus", f"{memory_mb / MB_PER_VCPU:.3f}", "--memory", f"{memory_mb}m"),
        *("--add-host", f"{HOST}:host-gateway", "--publish", "127.0.0.1::8080"),
        *(part for name, value in variables.items() for part in ("--env", f"{name}={value}")),
        image,
    )
    try:
        address = engine.run("port", container, "8080/tcp").splitlines()[0]
        url = f"http://{address}"
        with httpx.Client(base_url=url, timeout=ANSWER_SECONDS, trust_env=False) as http:
            running = Emulated(engine, container, http)
            _wait(running)
            yield running
    finally:
        engine.run("rm", "--force", "--volumes", container)


def _wait(running: Emulated) -> None:
    """Wait until the emulator listens; this does not start the runtime."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            running.http.get("/", timeout=1)
        except httpx.TransportError:
            time.sleep(0.02)
        else:
            return
    raise EngineError(f"the emulator must listen, and did not\n{running.log()}")
