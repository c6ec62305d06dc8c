"""Renditions of photographs: Darkroom beside sharp, libvips, plain Pillow, and the codecs alone.

    python -m bench.renditions            all of it; writes docs/benchmarks/renditions.md and .svg
    python -m bench.renditions --quick    for continuous integration; prints, and writes nothing

Every contender is a process of its own, pinned to one core or to two. They take turns on each
photograph, so that a machine's moods fall on all of them alike; medians of the ratios to Darkroom's
own time are told.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from bench import workshop
from bench.plot import bars
from bench.workshop import Photograph

CONTENDERS = ("ours", "sharp idiomatic", "sharp tuned", "vips", "naive", "codecs")
NAMES = {
    "ours": "Darkroom",
    "sharp idiomatic": "sharp, idiomatic",
    "sharp tuned": "sharp, tuned",
    "vips": "libvips, tuned",
    "naive": "Pillow, naive",
    "codecs": "codecs alone",
}
TUNED = ("ours", "sharp tuned", "vips", "codecs")
"""Whose malloc keeps memory as that of the function's image does."""
OUTPUT = workshop.ROOT / "docs" / "benchmarks"

_RENDITIONS = (
    {"name": "thumbnail", "width": 128, "height": 128, "fit": "cover"},
    {"name": "small", "width": 500, "height": 500, "fit": "inside"},
    {"name": "large", "width": 1600, "height": 1600, "fit": "inside"},
)


@dataclass(frozen=True)
class Case:
    """One photograph with one set of formats."""

    photograph: Photograph
    second: str
    """The format beside JPEG."""

    @property
    def name(self) -> str:
        """As the tables call it."""
        return f"{self.photograph.name}, JPEG + {self.second.upper().replace('WEBP', 'WebP')}"

    @property
    def recipe(self) -> dict[str, Any]:
        """As JSON for the contenders."""
        quality = {"webp": 80, "avif": 60}[self.second]
        formats = [
            {"format": "jpeg", "quality": 80},
            {"format": self.second, "quality": quality},
        ]
        return {"renditions": list(_RENDITIONS), "formats": formats}


@dataclass
class Times:
    """What one contender took for one case, in milliseconds, and how many bytes it wrote."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    size: int = 0
    error: str = ""


class Contender:
    """A running process that takes orders; its malloc keeps memory if it is a tuned one."""

    def __init__(self, name: str, cores: int, malloc: dict[str, str] | None = None) -> None:
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
            malloc = workshop.malloc_settings() if name in TUNED else {}
        environment |= malloc
        self._process = subprocess.Popen(  # noqa: S603 - fixed commands
            pinned,
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._orders, self._answers = pipes(self._process)
        self.greeting: dict[str, Any] = self._answer()

    def take(self, case: Case, output: Path | None = None) -> dict[str, Any]:
        """Does one case once and tells what it took."""
        order = {
            "input": str(case.photograph.path),
            "recipe": case.recipe,
            "output": None if output is None else str(output),
        }
        self._orders.write(json.dumps(order) + "\n")
        self._orders.flush()
        return self._answer()

    def close(self) -> None:
        """Ends the process."""
        self._orders.close()
        self._process.wait(timeout=60)

    def _answer(self) -> dict[str, Any]:
        line = self._answers.readline()
        if not line:
            return {"error": f"died with {self._process.wait()}"}
        answer: dict[str, Any] = json.loads(line)
        return answer


def pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    """Where a process takes its orders, and where it answers."""
    if process.stdin is None or process.stdout is None:
        raise ValueError("process must have been started with pipes")
    return process.stdin, process.stdout


def cases_of(*, quick: bool) -> list[Case]:
    """Every photograph with JPEG and WebP, and two of them with JPEG and AVIF."""
    chosen = [one for one in workshop.photographs if one.quick or not quick]
    cases = [Case(one, "webp") for one in chosen]
    if not quick:
        cases += [Case(one, "avif") for one in chosen if one.name in ("12.jpg", "24.jpg")]
    return cases


def race(
    cases: Iterable[Case], cores: int, rounds: int, kept: Path | None
) -> dict[Case, dict[str, Times]]:
    """All contenders on all cases in turn, after one round that is not counted."""
    running = [Contender(name, cores) for name in CONTENDERS]
    results: dict[Case, dict[str, Times]] = {}
    try:
        for case in cases:
            times = {name: Times() for name in CONTENDERS}
            for number in range(rounds + 1):
                for contender in running:
                    mine = times[contender.name]
                    slow = case.second == "avif" and contender.name == "sharp idiomatic"
                    if mine.error or (slow and number > 1):
                        continue
                    folder = None
                    if kept is not None and number == 0:
                        folder = kept / case.name / contender.name
                        folder.mkdir(parents=True)
                    answer = contender.take(case, folder)
                    if "error" in answer:
                        mine.error = answer["error"]
                    elif number > 0:
                        mine.wall.append(answer["wall"])
                        mine.cpu.append(answer["cpu"])
                        mine.size = answer["bytes"]
            results[case] = times
            progress(f"{cores} core(s): {case.name}")
    finally:
        for contender in running:
            contender.close()
    return results


def memory(cases: Iterable[Case]) -> dict[Case, dict[str, float | None]]:
    """Peak resident megabytes of a fresh process over the same process before its first order."""
    results: dict[Case, dict[str, float | None]] = {}
    for case in cases:
        results[case] = {}
        for name in CONTENDERS[:-1]:
            contender = Contender(name, 1)
            answer = contender.take(case)
            contender.close()
            peak = answer.get("peak")
            taken = None if peak is None else (peak - contender.greeting["loaded"]) * 1024 / 1e6
            results[case][name] = taken
        progress(f"memory: {case.name}")
    return results


def quality(cases: Iterable[Case], kept: Path) -> dict[Case, dict[str, dict[str, float]]]:
    """SSIMULACRA2 of the largest rendition in each format, by contender; two judges at work."""
    command = [str(workshop.python()), "-m", "bench.contenders.quality"]
    judges = [
        subprocess.Popen(  # noqa: S603 - fixed command
            command,
            cwd=workshop.ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for _ in range(2)
    ]
    asked: list[tuple[Case, list[tuple[str, str]], subprocess.Popen[str]]] = []
    for number, case in enumerate(cases):
        files = [
            (name, form)
            for name in ("ours", "sharp idiomatic", "sharp tuned", "vips")
            for form in ("jpeg", case.second)
            if (kept / case.name / name / f"large.{form}").exists()
        ]
        judge = judges[number % 2]
        paths = [str(kept / case.name / name / f"large.{form}") for name, form in files]
        original = str(case.photograph.path)
        pipes(judge)[0].write(json.dumps({"original": original, "files": paths}) + "\n")
        pipes(judge)[0].flush()
        asked.append((case, files, judge))
    results: dict[Case, dict[str, dict[str, float]]] = {}
    for case, files, judge in asked:
        scores = json.loads(pipes(judge)[1].readline())
        results[case] = {}
        for (name, form), score in zip(files, scores, strict=True):
            results[case].setdefault(name, {})[form] = score
        progress(f"quality: {case.name}")
    for judge in judges:
        pipes(judge)[0].close()
        judge.wait(timeout=60)
    return results


def ratio(times: dict[str, Times], name: str, measure: str) -> float | None:
    """The median over the rounds of Darkroom's time over a contender's."""
    mine, theirs = getattr(times["ours"], measure), getattr(times[name], measure)
    if not mine or not theirs:
        return None
    if len(theirs) < len(mine):
        return float(statistics.median(mine) / statistics.median(theirs))
    return float(statistics.median(a / b for a, b in zip(mine, theirs, strict=True)))


def of_kind(results: dict[Case, Any], kind: str) -> list[Case]:
    """The cases with WebP beside JPEG whose photograph has this extension."""
    return [
        case for case in results if case.photograph.name.endswith(kind) and case.second == "webp"
    ]


def geometric(values: Iterable[float | None]) -> float | None:
    """The geometric mean of what is there."""
    there = [value for value in values if value is not None]
    return statistics.geometric_mean(there) if there else None


def shown(value: float | None, digits: int = 2) -> str:
    """A number for a table; a dash for none."""
    return "-" if value is None else f"{value:.{digits}f}"


def time_table(results: dict[Case, dict[str, Times]]) -> list[str]:
    """Milliseconds of processor time, and Darkroom's share of each contender's."""
    lines = [
        "| photograph, formats | " + " | ".join(NAMES[name] for name in CONTENDERS) + " |",
        "|---|" + "--:|" * len(CONTENDERS),
    ]
    for case, times in results.items():
        cells = []
        for name in CONTENDERS:
            one = times[name]
            if one.error:
                cells.append("cannot")
                continue
            cell = f"{statistics.median(one.wall):,.0f} / {statistics.median(one.cpu):,.0f}"
            if name != "ours":
                both = (ratio(times, name, measure) for measure in ("wall", "cpu"))
                cell += f" ({' / '.join(map(shown, both))})"
            cells.append(cell)
        lines.append(f"| {case.name} | " + " | ".join(cells) + " |")
    return lines


def goals(
    one_core: dict[Case, dict[str, Times]],
    taken: dict[Case, dict[str, float | None]],
    scores: dict[Case, dict[str, dict[str, float]]],
) -> list[str]:
    """Each goal beside what was measured, and whether it is reached."""
    lines = ["| goal | JPEG input | PNG input | reached |", "|---|--:|--:|---|"]

    def row(goal: str, jpeg: float | None, png: float | None, most: float, digits: int) -> None:
        reached = [value is not None and value <= most for value in (jpeg, png)]
        if png is None:
            verdict = "yes" if reached[0] else "**no**"
        else:
            verdict = "yes" if all(reached) else "JPEG only" if reached[0] else "**no**"
            verdict = "PNG only" if reached == [False, True] else verdict
        verdict = "not measured" if jpeg is None else verdict
        lines.append(f"| {goal} | {shown(jpeg, digits)} | {shown(png, digits)} | {verdict} |")

    for name, most in (("sharp idiomatic", 0.4), ("sharp tuned", 0.8), ("codecs", 1.5)):
        for measure, word in (("wall", "wall time"), ("cpu", "processor time")):
            jpeg, png = (
                geometric(ratio(one_core[case], name, measure) for case in of_kind(one_core, kind))
                for kind in (".jpg", ".png")
            )
            goal = f"at most {most} of {NAMES[name]}, {word}, one core"
            row(goal, jpeg, png, most, 2)
    for name in ("sharp idiomatic", "sharp tuned"):
        jpeg, png = (
            geometric(
                one_core[case]["ours"].size / one_core[case][name].size
                for case in of_kind(one_core, kind)
            )
            for kind in (".jpg", ".png")
        )
        row(f"bytes at most 1.02 of {NAMES[name]}'s", jpeg, png, 1.02, 3)
    for name in ("sharp idiomatic", "sharp tuned"):
        lost = [
            statistics.mean(
                scores[case][name][form] - scores[case]["ours"][form]
                for case in of_kind(scores, kind)
                for form in ("jpeg", "webp")
            )
            if of_kind(scores, kind)
            else None
            for kind in (".jpg", ".png")
        ]
        row(f"SSIMULACRA2 points below {NAMES[name]}: none", lost[0], lost[1], 0.0, 2)
    hundred = [taken[case]["ours"] for case in taken if case.photograph.name == "100.jpg"]
    if hundred:
        row(
            "MB over the idle process for 100 megapixels of baseline JPEG: under 100",
            hundred[0],
            None,
            100,
            0,
        )
    return lines


def report(
    one_core: dict[Case, dict[str, Times]],
    two_cores: dict[Case, dict[str, Times]],
    taken: dict[Case, dict[str, float | None]],
    scores: dict[Case, dict[str, dict[str, float]]],
    rounds: int,
) -> str:
    """The whole page."""
    today = datetime.now(UTC)
    lines = f"""\
# Renditions: time, memory, bytes and quality

Measured on {today:%Y-%m-%d} by `make bench` (`python -m bench.renditions`).

Machine: {processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, \
Python {platform.python_version()}. {versions()}.

Three renditions (128 x 128 cover, 500 and 1,600 inside), each as JPEG of quality 80 and as WebP of
quality 80 or AVIF of quality 60. Darkroom also computes its placeholder, hash, colours, scores and
EXIF within its time; the others compute none of that. The photographs are mosaics of small ones
(`bench/photographs.py`).

- *sharp, idiomatic*: a pipeline for each file, as its documentation shows; its default efforts.
- *sharp, tuned*: one decode, a cascade, encoders at the effort and malloc's settings Darkroom uses.
- *libvips, tuned*: the same by pyvips with libvips' own thumbnailing.
- *Pillow, naive*: open, transpose, thumbnail, save, for each rendition.
- *codecs alone*: Darkroom's one decode and its encodes with everything between left out.

## Goals

Ratios are Darkroom's share, geometric means over the photographs of a format.

""".splitlines()
    lines += goals(one_core, taken, scores)
    lines += f"""
![Processor time on one core, relative to Darkroom](renditions.svg)

## Time

Milliseconds, wall / processor, median of {rounds} rounds; in brackets Darkroom's share of each.

### One core
""".splitlines()
    lines += ["", *time_table(one_core)]
    if two_cores:
        lines += ["", "### Two cores", "", *time_table(two_cores)]
    lines += """
## Memory

Peak resident megabytes for one picture, over the process before it, one core, the file included.
""".splitlines()
    lines += [
        "",
        "| photograph, formats | " + " | ".join(NAMES[name] for name in CONTENDERS[:-1]) + " |",
        "|---|" + "--:|" * (len(CONTENDERS) - 1),
    ]
    for case, by_name in taken.items():
        cells = " | ".join(shown(by_name[name], 0) for name in CONTENDERS[:-1])
        lines.append(f"| {case.name} | {cells} |")
    lines += """
## Bytes and quality

All files of a case together, in kilobytes; in brackets SSIMULACRA2 of the 1,600 pixel rendition
(JPEG, then the other format) against Pillow's Lanczos reduction of the whole original.
""".splitlines()
    lines += [
        "",
        "| photograph, formats | " + " | ".join(NAMES[name] for name in CONTENDERS[:4]) + " |",
        "|---|" + "--:|" * 4,
    ]
    for case in scores:
        cells_of = []
        for name in CONTENDERS[:4]:
            if one_core[case][name].error:
                cells_of.append("cannot")
                continue
            points = ", ".join(f"{score:.1f}" for score in scores[case].get(name, {}).values())
            cells_of.append(f"{one_core[case][name].size / 1000:,.0f} ({points})")
        lines.append(f"| {case.name} | " + " | ".join(cells_of) + " |")
    return "\n".join(lines) + "\n"


def processor() -> str:
    """The processor's name, as Linux tells it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def versions() -> str:
    """The versions of the contenders, in a sentence."""
    script = (
        "import json,pyvips;from PIL import Image,features;from importlib import metadata as m;"
        "print(json.dumps([m.version('pillow'),features.version('libjpeg_turbo'),"
        "features.version('webp'),features.version('avif'),m.version('cykooz-resizer'),"
        "m.version('pyvips-binary'),m.version('pi-heif')]))"
    )
    printed = subprocess.run(  # noqa: S603 - fixed command
        [str(workshop.python()), "-c", script], capture_output=True, check=True, text=True
    )
    pillow, jpeg, webp, avif, resizer, libvips, heif = json.loads(printed.stdout)
    contender = Contender("sharp tuned", 1)
    contender.close()
    sharp = contender.greeting["versions"]
    return (
        f"Pillow {pillow} (libjpeg-turbo {jpeg}, libwebp {webp}, libavif {avif}), cykooz-resizer "
        f"{resizer}, libvips {libvips}, pi-heif {heif}; sharp {sharp['sharp']} "
        f"(libvips {sharp['vips']})"
    )


def progress(text: str) -> None:
    """One line to whoever waits."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="three photographs, two rounds")
    parser.add_argument("--rounds", type=int, default=0, help="instead of 5, or 2 if quick")
    parser.add_argument("--output", type=Path, default=None, help=f"instead of {OUTPUT.name}/")
    chosen = parser.parse_args()
    rounds = chosen.rounds or (2 if chosen.quick else 5)
    workshop.prepare(quick=chosen.quick)
    kept = workshop.HERE / "outputs"
    shutil.rmtree(kept, ignore_errors=True)
    cases = cases_of(quick=chosen.quick)
    one_core = race(cases, 1, rounds, kept)
    two_cores = race(cases, 2, rounds, None) if (os.cpu_count() or 1) > 1 else {}
    taken = memory(cases)
    judged = cases if chosen.quick else [case for case in cases if case.photograph.megapixels <= 24]
    scores = quality(judged[:2] if chosen.quick else judged, kept)
    page = report(one_core, two_cores, taken, scores, rounds)
    if chosen.quick and chosen.output is None:
        sys.stdout.write(page)
        return
    folder = chosen.output or OUTPUT
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "renditions.md").write_text(page)
    relative = {
        case.name: {
            NAMES[name]: None if share is None else 1 / share
            for name in CONTENDERS[1:]
            for share in (ratio(times, name, "cpu"),)
        }
        for case, times in one_core.items()
    }
    (folder / "renditions.svg").write_text(bars(relative))


if __name__ == "__main__":
    main()
