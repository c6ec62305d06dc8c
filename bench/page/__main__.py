"""How fast the page is: `python -m bench.page`.

A local stack with ten thousand pictures of one owner, whose tiles are real files, and Chromium
without a screen. Lighthouse is fetched by npm at the version that is named here.
"""

import gzip
import io
import json
import os
import statistics
import subprocess
import tempfile
from base64 import b64encode
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Annotated, Any
from uuid import UUID

import typer
from PIL import Image
from rich.progress import Progress

import pagebuild
from aws.clients import Connection, connect
from aws.dynamodb import DynamoTable
from local.aws import ACCESS_KEY, SECRET_KEY
from local.people import People
from local.state import RunningStack
from local.up import LocalStack, Plan
from ops.terminal import console as open_console
from pictures.thumbhash import thumbhash
from pipeline.address import UploadKey
from pipeline.clock import iso
from pipeline.item import Item
from pipeline.original import image_id
from proofs import markdown
from proofs.browser import chromium
from proofs.pages import example_item
from proofs.processes import serving
from proofs.recorder import ROOT

PICTURES = 10_000
DAYS = 700
FILES = 40
"""Different pictures; every tile is a file of its own with the bytes of one of them."""

SERVERS_NICE = 10

HERE = Path(__file__).parent

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    lighthouse: Annotated[
        bool, typer.Option(help="Measure with Lighthouse too, which takes four minutes.")
    ] = True,
    count: Annotated[int, typer.Option(help="Pictures to scroll through.", min=100)] = PICTURES,
    report: Annotated[Path, typer.Option(help="The Markdown page.")] = ROOT
    / "docs"
    / "benchmarks"
    / "page.md",
) -> None:
    """Measure the page of a local stack."""
    console = open_console(stderr=True)
    browser = chromium(lambda step: console.print(step))
    with (
        tempfile.TemporaryDirectory(prefix="darkroom-bench-page-") as folder,
        LocalStack(Plan(Path(folder), models=False)) as local,
    ):
        stack = local.up()
        fill(stack, count)
        _give_way(stack)
        console.print("scrolling")
        seen = json.loads(_node(HERE / "scroll.ts", stack.front, browser))
        audits = {}
        if lighthouse:
            console.print("asking Lighthouse")
            audits = json.loads(_node(HERE / "lighthouse.ts", stack.front, browser))
    page = _page(count, seen, audits)
    markdown.write(report, page)
    typer.echo(page)


def fill(stack: RunningStack, count: int) -> None:
    """Give Ann that many pictures, each with its files, as the pipeline would leave them."""
    connection = Connection(
        endpoint=stack.endpoint,
        region=stack.region,
        access_key=ACCESS_KEY,
        secret_key=SECRET_KEY,
    )
    connect(connection)
    random = Random(1)
    table, s3 = DynamoTable(stack.outputs["catalog"]), stack.aws.client("s3")
    owner = People.of(stack.aws, stack.outputs).owner_id("ann")
    drawn = [_drawn(random) for _ in range(FILES)]

    def put(number: int) -> None:
        width, height, placeholder, files = drawn[number % FILES]
        upload = UUID(int=random.getrandbits(128), version=4)
        key = str(UploadKey(owner_id=owner, upload_id=str(upload), name=f"{number:05}.jpg"))
        item = _item(key, width, height, placeholder, number / count)
        for kind, (name, content_type) in KINDS.items():
            s3.put_object(
                Bucket=stack.outputs["renditions"],
                Key=f"i/{item.image_id}/{item.content}/small.{name}",
                Body=files[kind],
                ContentType=content_type,
            )
        table.put(item, replacing=0)

    with Progress(transient=True) as progress, ThreadPoolExecutor(4) as workers:
        task = progress.add_task("storing pictures", total=count)
        for _ in workers.map(put, range(count)):
            progress.advance(task)
    connect(None)


def _give_way(stack: RunningStack) -> None:
    """Let Chromium go before what serves it, which elsewhere has processors of its own."""
    for _, process in serving(stack):
        os.setpriority(os.PRIO_PROCESS, process.pid, SERVERS_NICE)


KINDS = {"AVIF": ("avif", "image/avif"), "JPEG": ("jpg", "image/jpeg")}
"""Pillow's name of each format, with its extension and type."""

Drawn = tuple[int, int, str, dict[str, bytes]]


def _drawn(random: Random) -> Drawn:
    """A picture of soft colours: its size, its ThumbHash, and its bytes in each format."""
    width, height = random.choice(((500, 375), (375, 500), (500, 333), (500, 281), (400, 400)))
    small = Image.frombytes("RGB", (6, 5), random.randbytes(90))
    image = small.resize((width, height), Image.Resampling.BICUBIC)
    files = {}
    for kind in KINDS:
        buffer = io.BytesIO()
        image.save(buffer, kind, quality=60)
        files[kind] = buffer.getvalue()
    placeholder = thumbhash(image.resize((width // 5, height // 5)))
    return width, height, b64encode(placeholder).decode(), files


def _item(key: str, width: int, height: int, placeholder: str, past: float) -> Item:
    """A picture that was taken when that share of the days had gone by, from the last backwards."""
    taken = datetime(2026, 6, 30, 23, tzinfo=UTC) - timedelta(days=past * DAYS)
    example = example_item()
    return replace(
        example,
        key=key,
        image_id=image_id(key),
        width=width,
        height=height,
        placeholder=placeholder,
        exif={"taken_at": iso(taken)[:19], "camera": "Camera"},
    )


def javascript(names: Iterable[str]) -> int:
    """Bytes, after gzip, of these scripts of the page's build."""
    build = ROOT / "gallery" / pagebuild.BUILD
    return sum(len(gzip.compress((build / name.lstrip("/")).read_bytes())) for name in names)


def _node(script: Path, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - Node.js of this virtual environment
        [pagebuild.tool("node"), str(script), *arguments],
        env=pagebuild.environment(),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def _page(count: int, seen: Any, audits: Any) -> str:
    lcp = statistics.median(each["lcp"] for each in seen["paints"])
    since = statistics.median(each["since"] for each in seen["paints"])
    script_bytes = statistics.median(javascript(each["scripts"]) for each in seen["paints"])
    shift = max(each["shift"] for each in seen["paints"])
    frames = [*seen["walking"], *seen["running"]]
    goals: list[tuple[str, float, float]] = [
        ("largest contentful paint, median of five, ms", 1000, round(lcp)),
        ("layout shift, largest of five", 0, round(shift, 4)),
        (f"frame while scrolling {count:,} pictures, median, ms", 16.7, _rounded(frames)),
        (f"frame while scrolling {count:,} pictures, slowest, ms", 50, round(max(frames), 1)),
        ("script of the first view, median of five, KB gzip", 100, round(script_bytes / 1000, 1)),
    ]
    rows = [
        (name, f"{most:g}", f"{found:g}", "yes" if found <= most else "**no**")
        for name, most, found in goals
    ]
    rows += [
        (
            f"Lighthouse, {form}, {category}, median of five",
            f"{least}",
            f"{found}",
            _yes(found >= least),
        )
        for form, scores in audits.items()
        for category, found in scores.items()
        for least in (LEAST.get(category, 100),)
    ]
    return f"""\
# How fast the page is

Written by `make bench-page` ({markdown.machine()}).

{markdown.table(("goal", "limit", "measured", "reached"), rows)}
Chromium without a screen, at 1,440 × 900 pixels, shares the machine's cores with the local stack,
which gives way to it. The person has signed in before, so each visit is led to the sign-in page and
back. Chromium counts the largest paint from the way back, {round(lcp)} ms; since the address was
opened it is {round(since)} ms. Scripts are those that had been asked for by then. The owner has
{count:,} pictures of {DAYS} days; {seen["tiles"]} tiles are in the page at once.

| scrolling for ten seconds | frames | median, ms | 99 %, ms | slowest, ms | over 50 ms |
|---|--:|--:|--:|--:|--:|
{_scrolling("20 pixels a frame", seen["walking"])}
{_scrolling("200 pixels a frame", seen["running"])}

A jump into the middle of {round(seen["height"]):,} pixels shows its first tiles after
{round(seen["jump"])} ms.
"""


LEAST = {"performance": 95}
"""Lighthouse's scores that are to be reached; 100 for the others."""


def _yes(reached: bool) -> str:
    return "yes" if reached else "**no**"


def _rounded(frames: Sequence[float]) -> float:
    return round(statistics.median(frames), 1)


def _scrolling(name: str, frames: Sequence[float]) -> str:
    late = sum(each > 50 for each in frames)
    return (
        f"| {name} | {len(frames)} | {_rounded(frames)} | "
        f"{statistics.quantiles(frames, n=100)[-1]:.1f} | {max(frames):.1f} | {late} |"
    )


if __name__ == "__main__":
    app()
