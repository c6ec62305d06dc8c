"""How long an upload waits beside bulk work: `python -m bench.lanes`.

The wait is from the end of the upload to the first change of its item, the first thing that a
function does with it. Three times the same uploads: on an idle stack, with messages on the queues
of bulk work, and with messages on the queues of uploads themselves.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from local.pictures import Pictures
from local.state import RunningStack
from local.up import LocalStack, Plan
from ops.terminal import console as open_console
from pipeline.events import SOURCE, ImageRestored
from pipeline.original import Original
from proofs import PAGE, markdown
from proofs.photographs import photograph
from proofs.recorder import ROOT
from proofs.unheard import no_events

UPLOADS = 15
PAUSE_SECONDS = 2.0
LIMIT = 1.5
"""The most that the wait beside bulk work may be of that on an idle stack."""

OBJECTS = 50
"""Different pictures of the backlog; each is restored again and again."""

FED = ("rekognition", "resize")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    backlog: Annotated[int, typer.Option(min=1, help="Pictures that wait as bulk work.")] = 10_000,
    own: Annotated[int, typer.Option(min=1, help="Pictures that wait among the uploads.")] = 300,
    report: Annotated[Path, typer.Option(help="The Markdown page.")] = ROOT
    / "docs"
    / "benchmarks"
    / "lanes.md",
) -> None:
    """Measure the wait of uploads on a local stack."""
    console = open_console(stderr=True)
    found: dict[str, tuple[int, list[float]]] = {}
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-lanes-") as folder:
        plan = Plan(Path(folder), models=False, settings={"maxConcurrency": "2", "page": PAGE})
        with LocalStack(plan) as local:
            stack = local.up()
            _waits(stack, "warm", uploads=2)
            console.print("on an idle stack")
            found["on an idle stack"] = (0, _waits(stack, "idle"))
            objects = [_stored(stack, number) for number in range(OBJECTS)]
            for title, suffix, size in (
                ("beside bulk work", "-bulk", backlog),
                ("behind as many uploads", "", own),
            ):
                console.print(f"{title}: {size:,} pictures")
                for name in FED:
                    _fill(stack, stack.outputs["queues"][f"{name}{suffix}"], objects, size)
                time.sleep(5)
                found[title] = (size, _waits(stack, title.replace(" ", "-")))
                _empty(stack, suffix)
    page = _page(found)
    markdown.write(report, page)
    typer.echo(page)


def _waits(stack: RunningStack, folder: str, uploads: int = UPLOADS) -> list[float]:
    """Seconds that each upload waited, one after the other."""
    pictures, s3 = Pictures(stack), stack.aws.client("s3")
    stored: dict[str, float] = {}
    for number in range(uploads):
        key = f"uploads/{folder}/{number}.jpg"
        data = photograph(number)
        s3.put_object(Bucket=stack.outputs["originals"], Key=key, Body=data)
        stored[key] = time.time()
        time.sleep(PAUSE_SECONDS)
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        began = {each.key: each.created_at for each in pictures.all() if each.key in stored}
        if len(began) == len(stored):
            return [
                max(0.0, datetime.fromisoformat(began[key]).timestamp() - at)
                for key, at in stored.items()
            ]
        time.sleep(1)
    raise RuntimeError("uploads must be received within ten minutes")


def _stored(stack: RunningStack, number: int) -> Original:
    """A picture that no event announces."""
    key, data = f"uploads/backlog/{number}.jpg", photograph(1000 + number)
    s3, bucket = stack.aws.client("s3"), stack.outputs["originals"]
    with no_events(stack):
        etag = s3.put_object(Bucket=bucket, Key=key, Body=data)["ETag"].strip('"')
    return Original(bucket=bucket, key=key, sequencer="00", etag=etag, bytes=len(data))


def _fill(stack: RunningStack, url: str, objects: list[Original], size: int) -> None:
    """Put so many messages on a queue, each of which makes its function do all of its work."""
    sqs = stack.aws.client("sqs")
    entries = [
        {"Id": str(number % 10), "MessageBody": json.dumps(body)}
        for number, body in enumerate(_messages(objects, size))
    ]
    for first in range(0, size, 10):
        sqs.send_message_batch(QueueUrl=url, Entries=entries[first : first + 10])


def _messages(objects: list[Original], size: int) -> Iterator[Mapping[str, Any]]:
    for number in range(size):
        given = objects[number % len(objects)]
        # Later each time: a version that was processed would be done at once.
        again = Original(**{**vars(given), "sequencer": f"{number:08X}"})
        event = ImageRestored(original=again, lane="backfill")
        yield {
            "version": "0",
            "id": str(number),
            "source": SOURCE,
            "detail-type": event.detail_type,
            "time": "2026-01-01T00:00:00Z",
            "detail": event.detail(),
        }


def _empty(stack: RunningStack, suffix: str) -> None:
    for name in FED:
        stack.aws.client("sqs").purge_queue(QueueUrl=stack.outputs["queues"][f"{name}{suffix}"])
    time.sleep(5)


def _page(found: Mapping[str, tuple[int, list[float]]]) -> str:
    medians = {title: statistics.median(waits) for title, (_, waits) in found.items()}
    idle = medians["on an idle stack"]
    ratio = medians["beside bulk work"] / idle
    rows = [
        (
            title,
            f"{size:,}",
            f"{medians[title]:.2f}",
            f"{max(waits):.2f}",
            f"{medians[title] / idle:.1f}",
        )
        for title, (size, waits) in found.items()
    ]
    reached = "yes" if ratio <= LIMIT else "**no**"
    return f"""\
# How long an upload waits beside bulk work

Written by `make bench-lanes` ({markdown.machine()}).

{markdown.table(("uploads", "pictures queued", "median, s", "longest, s", "of idle"), rows)}
Beside bulk work an upload may wait {LIMIT:g} times as long as on an idle stack; reached: {reached}.

The wait is from the end of an upload to the first change of its item. {UPLOADS} uploads,
{PAUSE_SECONDS:g} seconds apart, each. On this machine both lanes share two processors and one
process that plays AWS, so some of the wait beside bulk work is that of the machine; on AWS only
the functions' concurrency is shared. Bulk work has the smallest concurrency that Lambda takes, 2.
"""


if __name__ == "__main__":
    app()
