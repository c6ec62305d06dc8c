"""Child processes that never outlive this one, and free ports for them."""

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
_PORTS = range(20_000, 32_768)
"""Below what Linux (32768) and macOS (49152) take for connections, unless told otherwise."""


_FULL = 1_000_000
"""With fewer bytes free than this, a disk is called full."""


class ChildFailedError(RuntimeError):
    """A child process ended or stayed silent; the message carries the end of its log."""


@dataclass
class Child:
    """A running child in a process group of its own, writing to `log`."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def wait_until_healthy(self, url: str, timeout_seconds: float) -> None:
        """Return when `url` answers 200; raise `ChildFailedError` if it never does."""
        deadline = time.monotonic() + timeout_seconds
        with httpx.Client(trust_env=False, timeout=2) as http:
            while time.monotonic() < deadline:
                if self.process.poll() is not None:
                    raise ChildFailedError(
                        f"{self.name} ended with status {self.process.returncode}\n{self.tail()}"
                    )
                try:
                    if http.get(url).status_code == 200:
                        return
                except httpx.TransportError:
                    time.sleep(0.02)
        raise ChildFailedError(
            f"{self.name} did not answer at {url} within {timeout_seconds:g} s\n{self.tail()}"
        )

    def tail(self, lines: int = 15) -> str:
        """The last lines of the child's log, or why there are none."""
        return last_lines(self.log, lines)

    def stop(self, grace_seconds: float = 3.0) -> None:
        """End the child, then whatever is left of its process group."""
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(grace_seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(60)
        if self.process.stdin is not None:
            self.process.stdin.close()


def last_lines(log: Path, most: int) -> str:
    """The last lines of a log, and whether the disk is full; never nothing."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-most:]
        free = shutil.disk_usage(log.parent).free
    except OSError as error:
        return f"its log cannot be read: {(error.strerror or type(error).__name__).lower()}: {log}"
    if free < _FULL:
        lines.append(f"no space is left in {log.parent}")
    return "\n".join(lines) or f"it wrote nothing to its log {log}"


def start(
    name: str, module: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path
) -> Child:
    """Start `python -m module arguments...` under the guard, from the repository's root."""
    with log.open("wb") as stream:
        process = subprocess.Popen(  # noqa: S603 - our own modules
            [sys.executable, "-m", "local.guard", module, *arguments],
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Child(name, process, log)


def free_port(wanted: int = 0) -> int:
    """`wanted` if it is free (`OSError` if not), or any free port for 0.

    Any free one comes from a range that systems give to no outgoing connection, so that it is
    unlikely to be taken before a child listens there.
    """
    if wanted:
        try:
            _probe(wanted)
        except OSError as error:
            problem = (error.strerror or str(error)).lower()
            raise OSError(f"port {wanted} must be free, got {problem}") from error
        return wanted
    for port in random.sample(_PORTS, 100):
        with contextlib.suppress(OSError):
            _probe(port)
            return port
    raise OSError(f"none of 100 ports from {_PORTS[0]} to {_PORTS[-1]} is free")


def _probe(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HOST, port))
