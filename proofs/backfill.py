"""A backfill beside uploads, cancelled in the middle and repeated; nothing may be lost or doubled.

    python -m proofs.backfill        writes docs/backfill.md

The objects are stored while their bucket publishes no events, as those of a bucket that was there
before the stack. At the end an audit compares every one with the catalog, files and notices.
"""

import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from local.journal import Journal
from local.pictures import Pictures
from local.state import RunningStack
from local.up import LocalStack, Plan
from ops.terminal import console as open_console
from pipeline.address import UPLOADS
from pipeline.item import Item
from proofs import PAGE, markdown
from proofs.audit import Audit, Subject
from proofs.commands import Commands
from proofs.photographs import photograph
from proofs.unheard import no_events

FULL = 10_000
FOLDER = "backlog/"
LIVE_SECONDS = 3.0
"""From one upload to the next."""

POLL_SECONDS = 5.0
STORING = 8
"""Objects stored at once."""

SETTINGS = {
    "page": PAGE,
    "bulkConcurrency": "4",
    "formats": '["jpeg 80"]',
    "renditions": '["small 120 inside"]',
}
"""One small rendition, so that ten thousand pictures end within the hour."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass
class Live:
    """Uploads one after the other, until they are stopped."""

    stack: RunningStack
    keys: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Upload until stopped."""
        while not self.stopped.wait(LIVE_SECONDS):
            key = f"{UPLOADS}live/{len(self.keys)}.jpg"
            _put(self.stack, key, photograph(1_000_000 + len(self.keys)))
            self.keys.append(key)

    def seconds(self) -> list[float]:
        """From each upload's first event to its notice."""
        known = {item.key: item for item in Pictures(self.stack).all()}
        return [_seconds(known[key]) for key in self.keys]


@app.command()
def main(
    count: Annotated[int, typer.Option(min=20, help="How many objects.")] = FULL,
    report: Annotated[Path | None, typer.Option(help="The Markdown page.")] = None,
) -> None:
    """Backfill objects beside uploads, cancel in the middle, repeat, and audit."""
    console = open_console(stderr=True)
    report = report or markdown.place("backfill", full=count >= FULL)
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="darkroom-backfill-") as folder,
        LocalStack(Plan(Path(folder), settings=SETTINGS, models=False)) as local,
    ):
        stack = local.up()
        keys = _stored(stack, count, console)
        with _uploading(stack) as live:
            first, done = _cancelled(stack, count, console)
            second = _repeated(stack, first["name"], console)
        _until(lambda: Audit(stack).pending() == 0, "empty queues", console)
        subjects = [
            *(Subject(key, "ready", {}) for key in keys),
            *(Subject(key, "ready", {"ready": 1}) for key in live.keys),
        ]
        settled = Audit(stack).settle(subjects, 120)
        problems = [] if settled else ["not every picture has reached its end"]
        problems += [
            f"{finding.subject.key}: {text}"
            for finding in Audit(stack).findings(subjects)
            for text in (*finding.lost, *finding.doubled)
        ]
        dead = Audit(stack).dead_letters()
        problems += [f"{number} dead letters of {name}" for name, number in dead.items() if number]
        told = [
            name
            for name in (first["name"], second["name"])
            for notice in Journal(stack.journal).notices()
            if name in notice.text
        ]
        if told != [second["name"]]:
            problems.append(f"one notice about the second backfill is expected, got {told}")
        waits = live.seconds()
    figures = {
        "objects that no event announced": f"{count:,}",
        "looked at when the backfill was cancelled": f"{first['seen']:,}",
        "admitted by then": f"{first['admitted']:,}",
        "ready once the queues were empty": f"{done:,}",
        "looked at by the second": f"{second['seen']:,}",
        "up to date, at a read each": f"{second.get('current', 0):,}",
        "admitted by the second": f"{second.get('admitted', 0):,}",
        "uploads meanwhile": f"{len(waits):,}",
        "seconds from an upload to its notice, median": f"{statistics.median(waits):.1f}",
        "seconds from an upload to its notice, most": f"{max(waits):.1f}",
        "seconds in all": f"{time.monotonic() - began:,.0f}",
        "lost or doubled": f"{len(problems):,}",
    }
    page = _page(figures, problems)
    markdown.write(report, page)
    typer.echo(page)
    if problems:
        raise typer.Exit(1)


def _put(stack: RunningStack, key: str, data: bytes) -> None:
    stack.aws.client("s3").put_object(Bucket=stack.outputs["originals"], Key=key, Body=data)


def _stored(stack: RunningStack, count: int, console: Console) -> list[str]:
    """Objects that no event announces."""
    keys = [f"{UPLOADS}{FOLDER}{number:06}.jpg" for number in range(count)]
    with no_events(stack), ThreadPoolExecutor(STORING) as pool:
        for number, _ in enumerate(
            pool.map(lambda each: _put(stack, each[1], photograph(each[0])), enumerate(keys)), 1
        ):
            if number % 1000 == 0:
                console.print(f"{number:,} objects stored")
    return keys


@contextmanager
def _uploading(stack: RunningStack) -> Iterator[Live]:
    live = Live(stack)
    thread = threading.Thread(target=live.run, name="uploads")
    thread.start()
    try:
        yield live
    finally:
        live.stopped.set()
        thread.join()


def _cancelled(stack: RunningStack, count: int, console: Console) -> tuple[dict[str, Any], int]:
    """A backfill that is cancelled in the middle, and how many objects are ready after it."""
    ops = Commands(stack)
    [started] = ops.json("backfill", "--prefix", FOLDER, "--grace", "0")
    assert (started["objects"], started["lacking"]) == (count, count)

    def half_seen() -> bool:
        [now] = ops.json("backfills", "--last", "1")
        console.print(f"{now['seen']:,} looked at")
        return bool(2 * now["seen"] >= count)

    _until(half_seen, "half of the objects", console)
    [cancelled, *_] = ops.json("backfills", "--cancel", started["name"])
    assert cancelled["status"] == "aborted"
    _until(lambda: _bulk(stack) == 0, "the end of what was admitted", console)
    [ended] = ops.json("backfills", "--last", "1")
    ready = sum(
        item.status == "ready" and item.key.startswith(f"{UPLOADS}{FOLDER}")
        for item in Pictures(stack).all()
    )
    return ended, ready


def _repeated(stack: RunningStack, name: str, console: Console) -> dict[str, Any]:
    ops = Commands(stack)
    assert ops("backfills", "--again", name).status == 0

    def ended() -> bool:
        [now] = ops.json("backfills", "--last", "1")
        console.print(f"{now['seen']:,} looked at")
        return bool(now["status"] == "succeeded")

    _until(ended, "the end of the second backfill", console)
    return ops.json("backfills", "--last", "1")[0]


def _bulk(stack: RunningStack) -> int:
    """Messages of bulk work."""
    queues = stack.outputs["queues"].items()
    return sum(Audit(stack).depth(url) for name, url in queues if name.endswith("-bulk"))


def _until(condition: Callable[[], bool], what: str, console: Console) -> None:
    console.print(f"waiting for {what}")
    while not condition():
        time.sleep(POLL_SECONDS)


def _seconds(item: Item) -> float:
    first, last = (datetime.fromisoformat(item.timeline[at]["at"]) for at in (0, -1))
    return (last - first).total_seconds()


def _page(figures: dict[str, str], problems: list[str]) -> str:
    wrong = "\n".join(f"- wrong: {problem}" for problem in problems)
    return f"""\
# A backfill beside uploads

Written by `make test-backfill` ({markdown.machine()}).

Objects are stored while their bucket publishes no events. A backfill is cancelled once it has
looked at half of them, and repeated; meanwhile a picture is uploaded every {LIVE_SECONDS:g}
seconds. At the end an audit compares every picture with its expected end: its status, its files
with the catalog in both directions, and its notices: one of each upload, none of bulk work, and one
of the backfill that was not cancelled. Each has one small rendition, which is what takes ten
thousand pictures through two cores within the hour.

{markdown.table(("figure", "value"), figures.items())}
{wrong}"""


if __name__ == "__main__":
    app()
