"""The contenders: each is a process of its own, pinned to a number of cores."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import IO, Any

from bench import workshop
from bench.cases import Case

__all__ = ["CONTENDERS", "NAMES", "Contender", "pipes"]

CONTENDERS = ("ours", "sharp idiomatic", "sharp tuned", "vips", "naive", "codecs")
NAMES = {
    "ours": "Darkroom",
    "sharp idiomatic": "sharp, idiomatic",
    "sharp tuned": "sharp, tuned",
    "vips": "libvips, tuned",
    "naive": "Pillow, naive",
    "codecs": "codecs alone",
}
"""The contenders' names in the tables."""

_TUNED = ("ours", "one", "sharp tuned", "vips", "codecs")
"""Contenders that run with the malloc settings of the function's image."""


class Contender:
    """A running process that handles one order at a time."""

    def __init__(self, name: str, cores: int, malloc: dict[str, str] | None = None) -> None:
        """Start the contender on the first `cores` cores.

        `malloc` replaces the malloc settings, which otherwise only the tuned contenders have.
        """
        self.name = name
        kind, _, way = name.partition(" ")
        if kind == "sharp":
            command = ["node", "sharp.mjs", way, str(cores)]
            folder = workshop.HERE / "node"
        else:
            worker = workshop.ROOT / "bench" / "contenders" / "worker.py"
            command = [str(workshop.python()), str(worker), name]
            folder = workshop.ROOT
        pinned = ["taskset", "--cpu-list", ",".join(map(str, range(cores))), *command]
        environment = dict(os.environ, VIPS_CONCURRENCY=str(cores), UV_THREADPOOL_SIZE=str(cores))
        if malloc is None:
            malloc = workshop.malloc_settings() if name in _TUNED else {}
        self._process = subprocess.Popen(  # noqa: S603 - fixed commands
            pinned,
            cwd=folder,
            env=environment | malloc,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._orders, self._answers = pipes(self._process)
        self.greeting: dict[str, Any] = self._answer()

    def take(self, case: Case, output: Path | None = None) -> dict[str, Any]:
        """Run one case once; returns its times, bytes and peak memory, or an `error`.

        The files are kept in `output` if that is given.
        """
        return self.make(case.photograph.path, case.recipe, output)

    def make(
        self, photograph: Path, recipe: dict[str, Any], output: Path | None = None
    ) -> dict[str, Any]:
        """The same for any photograph and recipe."""
        order = {
            "input": str(photograph),
            "recipe": recipe,
            "output": None if output is None else str(output),
        }
        self._orders.write(json.dumps(order) + "\n")
        self._orders.flush()
        return self._answer()

    def close(self) -> None:
        """End the process."""
        self._orders.close()
        self._process.wait(timeout=60)

    def _answer(self) -> dict[str, Any]:
        line = self._answers.readline()
        if not line:
            return {"error": f"died with {self._process.wait()}"}
        answer: dict[str, Any] = json.loads(line)
        return answer


def pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    """A process's standard input and output."""
    if process.stdin is None or process.stdout is None:
        raise ValueError("process must have been started with pipes")
    return process.stdin, process.stdout
