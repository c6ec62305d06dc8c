"""The page about the race, docs/benchmarks/renditions.md, and its chart."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from bench import workshop
from bench.cases import Case
from bench.contender import CONTENDERS, NAMES, Contender
from bench.goals import goals, share
from bench.plot import bars
from bench.race import JUDGED, Memory, Results, Times, Timing, ratio

__all__ = ["chart", "report"]


def report(results: Results) -> str:
    """The whole page."""
    two_cores = f"### Two cores\n\n{_times(results.two_cores)}\n\n" if results.two_cores else ""
    return f"""\
{_introduction()}

## In short

Darkroom's share of the other's processor time on one core, geometric means over the photographs of
a format.

{_in_short(results.one_core)}

![Processor time on one core, relative to Darkroom](renditions.svg)

## Goals

{_goals(results)}

## Time

Milliseconds, wall / processor, median of {results.rounds} rounds; in brackets
Darkroom's share of each.

### One core

{_times(results.one_core)}

{two_cores}## Memory

Peak resident megabytes for one picture, over the process before it, on one core, with the file
included.

{_memory(results.memory)}

## Bytes and quality

All files of a case together, in kilobytes; in brackets SSIMULACRA2 of the 1,600 pixel rendition
(JPEG, then the other format) against Pillow's Lanczos reduction of the whole original.

{_quality(results)}
"""


def chart(timing: Timing) -> str:
    """Every contender's processor time as a multiple of Darkroom's, as SVG."""
    relative = {
        case.name: {
            NAMES[name]: None if part is None else 1 / part
            for name in CONTENDERS[1:]
            for part in (ratio(times, name, "cpu"),)
        }
        for case, times in timing.items()
    }
    return bars(relative)


def _introduction() -> str:
    return f"""\
# Renditions: time, memory, bytes and quality

Measured on {datetime.now(UTC):%Y-%m-%d} by `make bench` (`python -m bench.renditions`).

Machine: {_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, \
Python {platform.python_version()}. {_versions()}.

Three renditions (128 x 128 cover, 500 and 1,600 inside), each as JPEG of quality 80 and as WebP of
quality 80 or AVIF of quality 60. Darkroom also computes its placeholder, hash, colours, scores and
EXIF within its time; the others compute none of that. The photographs are mosaics of small ones
(`bench/photographs.py`).

- *sharp, idiomatic*: one pipeline per file, as its documentation shows; its default efforts.
- *sharp, tuned*: one decode, a cascade, encoders and malloc with the settings that Darkroom uses.
- *libvips, tuned*: the same through pyvips, with libvips' own thumbnailing.
- *Pillow, naive*: open, transpose, thumbnail, save, for each rendition.
- *codecs alone*: Darkroom's one decode and its encodes, with everything in between left out."""


def _in_short(timing: Timing) -> str:
    lines = ["| against | JPEG input | PNG input |", "|---|--:|--:|"]
    for name in CONTENDERS[1:]:
        jpeg, png = (share(timing, name, "cpu", kind) for kind in (".jpg", ".png"))
        lines.append(f"| {NAMES[name]} | {_number(jpeg)} | {_number(png)} |")
    return "\n".join(lines)


def _goals(results: Results) -> str:
    lines = ["| goal | JPEG input | PNG input | reached |", "|---|--:|--:|---|"]
    for goal in goals(results):
        jpeg, png = _number(goal.jpeg, goal.digits), _number(goal.png, goal.digits)
        lines.append(f"| {goal.text} | {jpeg} | {png} | {goal.verdict} |")
    return "\n".join(lines)


def _times(timing: Timing) -> str:
    lines = _head(CONTENDERS)
    for case, times in timing.items():
        cells = [_time(times, name) for name in CONTENDERS]
        lines.append(f"| {case.name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _time(times: Mapping[str, Times], name: str) -> str:
    one = times[name]
    if one.error:
        return "cannot"
    cell = f"{statistics.median(one.wall):,.0f} / {statistics.median(one.cpu):,.0f}"
    if name == "ours":
        return cell
    return f"{cell} ({_number(ratio(times, name, 'wall'))} / {_number(ratio(times, name, 'cpu'))})"


def _memory(memory: Memory) -> str:
    names = CONTENDERS[:-1]
    lines = _head(names)
    for case, taken in memory.items():
        cells = " | ".join(_number(taken[name], 0) for name in names)
        lines.append(f"| {case.name} | {cells} |")
    return "\n".join(lines)


def _quality(results: Results) -> str:
    lines = _head(JUDGED)
    for case in results.scores:
        cells = " | ".join(_judged(results, case, name) for name in JUDGED)
        lines.append(f"| {case.name} | {cells} |")
    return "\n".join(lines)


def _judged(results: Results, case: Case, name: str) -> str:
    times = results.one_core[case][name]
    if times.error:
        return "cannot"
    points = results.scores[case].get(name, {}).values()
    return f"{times.size / 1000:,.0f} ({', '.join(f'{score:.1f}' for score in points)})"


def _head(contenders: tuple[str, ...]) -> list[str]:
    names = " | ".join(NAMES[name] for name in contenders)
    return [f"| photograph, formats | {names} |", "|---|" + "--:|" * len(contenders)]


def _number(value: float | None, digits: int = 2) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _processor() -> str:
    """The processor's name, where Linux knows it."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _versions() -> str:
    """The contenders' versions, in a sentence."""
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
