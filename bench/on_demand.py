"""What a size that nobody foresaw takes: `python -m bench.on_demand`.

The core of `develop` makes one rendition beside sharp as its documentation shows it, on one
processor; then a stack on this machine answers over its front, and a phone looks at its page.
Written into docs/benchmarks/on-demand.md, bad results included.
"""

import json
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import httpx
import typer

import pagebuild
from bench import workshop
from bench.contender import Contender
from local.people import People
from local.pictures import Pictures
from local.state import RunningStack
from local.up import LocalStack, Plan
from ops.terminal import console as open_console
from proofs import PAGE, markdown
from proofs.browser import chromium
from proofs.recorder import ROOT
from proofs.uploads import followed, upload

REPORT = ROOT / "docs" / "benchmarks" / "on-demand.md"
SIZE = 640
QUALITIES = {"avif": 60, "webp": 80, "jpeg": 80}
EXTENSIONS = {"avif": "avif", "webp": "webp", "jpeg": "jpg"}
AT_ONCE = 100
ON_PHONE = 100
SAMPLES = (
    *("astronaut.jpg", "camera.png", "cat.webp", "coffee.jpg", "flower.jpg"),
    *("grass.jpg", "retina.jpg", "rocket.jpg", "rotated.jpg", "temple.jpg"),
)
"""Of those in `samples`, the ones that are shown to everyone."""
MOST_OF_SHARP = 0.6
"""The goal: of the time that sharp takes for the same."""

SETTINGS = {
    "page": PAGE,
    "onDemandDailyUsd": "10",
    "formats": '["avif 60", "webp 80", "jpeg 80"]',
}

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    rounds: Annotated[int, typer.Option(min=1, help="Runs of each contender and format.")] = 21,
    count: Annotated[int, typer.Option(min=10, max=100, help="Pictures on the phone.")] = ON_PHONE,
    report: Annotated[Path, typer.Option(help="The Markdown report.")] = REPORT,
) -> None:
    """Measure a rendition on demand: its making, its way to a viewer, and what a phone saves."""
    console = open_console(stderr=True)
    browser = chromium(lambda step: console.print(step))
    workshop.prepare(quick=True)
    [photograph] = [one.path for one in workshop.photographs if one.name == "12.jpg"]
    made = dict(_beside_sharp(photograph, rounds))
    for form, (ours, sharp) in made.items():
        console.print(f"{form}: {ours:.0f} ms, sharp {sharp:.0f} ms")
    answered = _answered(photograph)
    for name, value in answered.items():
        console.print(f"{name}: {value}")
    visits = _on_a_phone(count, browser)
    for name, visit in visits.items():
        console.print(f"{name}: {visit}")
    markdown.write(report, _page(made, answered, rounds, visits))


def _beside_sharp(photograph: Path, rounds: int) -> Iterator[tuple[str, tuple[float, float]]]:
    """The median milliseconds of ours and of sharp by format, in turn and on one processor."""
    contenders = [Contender(name, 1) for name in ("one", "sharp idiomatic")]
    try:
        for form, quality in QUALITIES.items():
            box = {"name": "any", "width": SIZE, "height": SIZE, "fit": "inside"}
            recipe = {"renditions": [box], "formats": [{"format": form, "quality": quality}]}
            times: list[list[float]] = [[], []]
            for number in range(rounds + 1):
                for spent, contender in zip(times, contenders, strict=True):
                    took = contender.make(photograph, recipe)
                    if "error" in took:
                        raise RuntimeError(f"{contender.name}, {form}: {took['error']}")
                    if number:  # the first one warms up
                        spent.append(_wall(took))
            ours, sharp = (median(each) for each in times)
            yield form, (ours, sharp)
    finally:
        for contender in contenders:
            contender.close()


def _wall(took: dict[str, Any]) -> float:
    return float(took["wall"])


def _answered(photograph: Path) -> dict[str, str]:
    """What a viewer of a stack on this machine waits for."""
    with (
        tempfile.TemporaryDirectory(prefix="darkroom-on-demand-") as folder,
        LocalStack(Plan(Path(folder), settings=SETTINGS, models=False)) as local,
    ):
        stack = local.up()
        pictures = Pictures(stack)
        sent = pictures.upload(photograph.read_bytes(), "12.jpg", "uploads/12.jpg")
        for _ in pictures.follow([sent], 300):
            pass
        if sent.item is None or sent.item.content is None:
            raise RuntimeError(f"the photograph must become ready, got {sent.status}")
        folder_url = f"{stack.front}/i/{sent.item.image_id}/{sent.item.content}"

        def get(name: str) -> tuple[int, float]:
            began = time.perf_counter()
            response = httpx.get(f"{folder_url}/{name}", timeout=120, trust_env=False)
            return response.status_code, (time.perf_counter() - began) * 1000

        cold = get("480.jpg")[1]
        warm = {form: get(f"{SIZE}.{EXTENSIONS[form]}")[1] for form in QUALITIES}
        again = median(get(f"{SIZE}.jpg")[1] for _ in range(20))
        began = time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            statuses = Counter(status for status, _ in pool.map(get, ["1280.avif"] * AT_ONCE))
        crowd = time.perf_counter() - began
        developed = _log_lines(stack.aws.client("logs"), stack.outputs["logs"]["develop"])
    return {
        "first request of a cold function": f"{cold:.0f} ms",
        **{f"first request, warm, {form}": f"{ms:.0f} ms" for form, ms in warm.items()},
        "from the bucket, median of 20": f"{again:.1f} ms",
        f"{AT_ONCE} at once for one address": (
            f"{crowd:.1f} s, "
            + ", ".join(f"{number} times {status}" for status, number in sorted(statuses.items()))
        ),
        "files made for all of these": str(developed),
    }


def _on_a_phone(count: int, browser: str) -> dict[str, dict[str, int]]:
    """What a phone transfers of that many samples, by visit."""
    with (
        tempfile.TemporaryDirectory(prefix="darkroom-phone-") as folder,
        LocalStack(Plan(Path(folder), settings={"onDemandDailyUsd": "10"}, models=False)) as local,
    ):
        stack = local.up()
        _fill(stack, count)
        script = ROOT / "bench" / "page" / "phone.ts"
        done = subprocess.run(  # noqa: S603 - Node.js of this virtual environment
            [pagebuild.tool("node"), str(script), stack.front, browser, str(count)],
            env=pagebuild.environment(),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    visits: dict[str, dict[str, int]] = json.loads(done.stdout)
    return visits


def _fill(stack: RunningStack, count: int) -> None:
    """Upload the samples in turn as Ann, until there are that many pictures."""
    token = People.of(stack.aws, stack.outputs).tokens("ann")["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=stack.front, headers=headers, timeout=60, trust_env=False) as api:
        for first in range(0, count, len(SAMPLES)):
            ids = []
            for number, name in enumerate(SAMPLES[: count - first], first):
                # Bytes of its own: copies of one file would share the answers of the analysis.
                data = (ROOT / "samples" / name).read_bytes() + str(number).encode()
                ids.append(upload(api, f"{number:03}-{name}", data))
            states = followed(api, ids)
            if set(states.values()) != {"ready"}:
                raise RuntimeError(f"the samples must become ready, got {states}")


def _log_lines(logs: Any, group: str) -> int:
    """How many files the function logged as developed."""
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
    return sum('"developed"' in line["message"] for page in pages for line in page["events"])


VISITS = {
    "ahead": "renditions made ahead alone",
    "first": "with sizes on demand, the first visitor",
    "again": "with sizes on demand, every other",
}


def _page(
    made: dict[str, tuple[float, float]],
    answered: dict[str, str],
    rounds: int,
    visits: dict[str, dict[str, int]],
) -> str:
    ahead = visits["ahead"]["bytes"]
    phone = [
        [
            words,
            f"{visits[name]['bytes'] / 1000:,.0f} KB",
            f"{visits[name]['bytes'] / ahead:.2f}",
            str(visits[name]["sized"]),
            str(visits[name]["refused"]),
        ]
        for name, words in VISITS.items()
    ]
    rows = [
        [form, f"{ours:.0f} ms", f"{sharp:.0f} ms", f"{ours / sharp:.2f}"]
        for form, (ours, sharp) in made.items()
    ]
    return f"""
# Sizes on demand

Written by `make bench-on-demand`. {markdown.machine()}.

A photograph of 12 megapixels is made {SIZE} pixels wide, with one processor: by the core of
`develop`, from bytes to bytes, and by sharp as its documentation shows it, with the same quality.
Median of {rounds} runs in turn. The goal is at most {MOST_OF_SHARP} of sharp's time.

{markdown.table(["format", "develop", "sharp, idiomatic", "ratio"], rows)}

A viewer of a stack on this machine, over its front:

{markdown.table(["request", "result"], answered.items())}

A phone of 390 × 844 pixels, three of the screen to each, scrolls through the page's grid with
{visits["ahead"]["pictures"]} pictures, the samples of 451 to 900 pixels in turn. A refused file is
one that was being made for others or above the concurrency; its tile shows a rendition made ahead.

{markdown.table(["pictures in", "transferred", "ratio", "sizes on demand", "refused"], phone)}
"""


if __name__ == "__main__":
    app()
