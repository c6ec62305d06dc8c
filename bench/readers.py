"""Who reads the specimens of the conformance page, and what is right or wrong about the result.

Pillow and sharp run in processes of their own, with 20 seconds and 4 GB, so that a bomb ends there.
"""

from __future__ import annotations

import resource
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from pictures.reading import Limits, UnreadableError, read
from proofs.specimens import Specimen
from proofs.specimens.profiles import difference

__all__ = ["SECONDS", "Outcome", "Reader", "is_right", "ours"]

SECONDS = 20
LIMITS = Limits.for_memory(1769)
PLACES = ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75))


@dataclass(frozen=True)
class Outcome:
    """What came of one specimen in one reader's hands."""

    image: Image.Image | None
    words: str
    """`right`, or what is wrong with it."""


def judged(specimen: Specimen, image: Image.Image) -> str:
    """What is wrong with a picture, in a few words."""
    wrong: list[str] = []
    if image.size != specimen.size:
        wrong.append(f"{image.width} x {image.height}")
    if (image.mode in ("LA", "RGBA") and opacity(image) < 250) != specimen.alpha:
        wrong.append("alpha lost" if specimen.alpha else "alpha made up")
    coloured = image.convert("RGB")
    width, height = coloured.size
    worst = max(
        difference(rgb(coloured, int(width * x), int(height * y)), colour)
        for (x, y), colour in zip(PLACES, specimen.colours, strict=True)
    )
    if worst > max(specimen.tolerance, 3.0):
        wrong.append(f"off by delta E {worst:.0f}")
    return ", ".join(wrong) or f"right ({worst:.1f})"


def rgb(image: Image.Image, x: int, y: int) -> tuple[int, int, int]:
    """One pixel of a picture in RGB."""
    red, green, blue = image.crop((x, y, x + 1, y + 1)).tobytes()
    return red, green, blue


def opacity(image: Image.Image) -> int:
    """The lowest alpha of a picture that has alpha."""
    return next(level for level, count in enumerate(image.getchannel("A").histogram()) if count)


def ours(specimen: Specimen) -> Outcome:
    """Darkroom's reading."""
    start = time.process_time()
    try:
        picture = read(specimen.data, LIMITS, lambda size: size)
    except UnreadableError as refused:
        took = (time.process_time() - start) * 1e3
        return Outcome(None, f"`{refused.code}` in {took:.0f} ms")
    words = judged(specimen, picture.image)
    if words.startswith("right") and picture.frames != specimen.frames:
        words = f"{picture.frames} frames"
    return Outcome(picture.image, words)


def is_right(specimen: Specimen, outcome: Outcome) -> bool:
    """Whether Darkroom's outcome is the expected one."""
    return outcome.words.startswith(f"`{specimen.code}`" if specimen.code else "right")


@dataclass(frozen=True)
class Reader:
    """Another program, which reads lines of an input and an output file from standard input.

    For each it writes `ok` or `refused`.
    """

    command: Sequence[str]
    cwd: Path
    folder: Path
    """Where the files may be."""

    def read(self, specimen: Specimen) -> Outcome:
        """Its reading in a process of its own."""
        source, target = self._file(0, specimen), self.folder / "0.png"
        target.unlink(missing_ok=True)
        start = _spent()
        try:
            done = self._run(f"{source}\t{target}\n")
        except subprocess.TimeoutExpired:
            return Outcome(None, f"not done after {SECONDS} s")
        took = _spent() - start
        slow = f" after {took:.0f} s" if took > 3 else ""
        if done.returncode != 0:
            return Outcome(None, f"died{slow}")
        if done.stdout.split() != ["ok"]:
            return Outcome(None, f"refused{slow}")
        return _outcome(specimen, target, slow)

    def read_all(self, specimens: Sequence[Specimen]) -> list[Outcome]:
        """Its readings in one process; of harmless files only."""
        targets = [self.folder / f"{number}.png" for number in range(len(specimens))]
        orders = [
            f"{self._file(number, specimen)}\t{targets[number]}\n"
            for number, specimen in enumerate(specimens)
        ]
        done = self._run("".join(orders), seconds=600)
        results = done.stdout.split()
        if done.returncode or len(results) != len(specimens):
            raise RuntimeError(f"{self.command[0]} ended early: {done.stderr[-500:]}")
        return [
            _outcome(specimen, target, "") if result == "ok" else Outcome(None, "refused")
            for specimen, target, result in zip(specimens, targets, results, strict=True)
        ]

    def _file(self, number: int, specimen: Specimen) -> Path:
        path = self.folder / f"{number}.input"
        path.write_bytes(specimen.data)
        return path

    def _run(self, orders: str, seconds: int = SECONDS) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - fixed commands
            self.command,
            cwd=self.cwd,
            input=orders,
            capture_output=True,
            timeout=seconds,
            check=False,
            text=True,
            preexec_fn=confined,
        )


def _spent() -> float:
    """Seconds of processor time of all processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _outcome(specimen: Specimen, target: Path, slow: str) -> Outcome:
    image = Image.open(target)
    image.load()
    if specimen.code is not None:
        return Outcome(image, f"accepted{slow}")
    return Outcome(image, judged(specimen, image.convert("RGBA" if has_alpha(image) else "RGB")))


def has_alpha(image: Image.Image) -> bool:
    """Whether the PNG has transparency of any kind."""
    return "A" in image.mode or "transparency" in image.info


def confined() -> None:
    """Limits a child's data segment; node maps far more address space than it uses."""
    resource.setrlimit(resource.RLIMIT_DATA, (4_000_000_000, 4_000_000_000))
