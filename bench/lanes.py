"""How long an upload waits beside bulk work: `python -m bench.lanes`.

The wait is from the end of the upload to the first change of its item, the first thing that a
function does with it. Four times the same uploads: on an idle stack, while the functions are handed
the bulk work directly, with its messages on the queues of bulk work, and with them on the queues of
uploads themselves.
"""

import json
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import count
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
IDLE, BUSY = "on an idle stack", "beside the same work without a queue"
BULK, OWN = "beside bulk work", "behind as many uploads"
LIMIT = 1.5
"""The most that the wait beside bulk work may be of that without."""

OBJECTS = 50
"""Different pictures of the backlog; each is restored again and again."""

FED = ("rekognition", "resize")
CONCURRENCY = 2
"""Of each function, the smallest that a queue can have."""

SEQUENCES = 1_000_000
"""The sequencers of each round are above those of the one before."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    backlog: Annotated[int, typer.Option(min=1, help="Pictures that wait as bulk work.")] = 10_000,
    own: Annotated[int, typer.Option(min=1, help="Pictures that wait among the uploads.")] = 1_000,
    report: Annotated[Path, typer.Option(help="The Markdown page.")] = ROOT
    / "docs"
    / "benchmarks"
    / "lanes.md",
) -> None:
    """Measure the wait of uploads on a local stack."""
    console = open_console(stderr=True)
    found: dict[str, tuple[int, list[float]]] = {}
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-lanes-") as folder:
        settings = {"maxConcurrency": f"{CONCURRENCY}", "page": PAGE}
        plan = Plan(Path(folder), models=False, settings=settings)
        with LocalStack(plan) as local:
            stack = local.up()
            _waits(stack, "warm", uploads=2)
            console.print(IDLE)
            found[IDLE] = (0, _waits(stack, "idle"))
            objects = [_stored(stack, number) for number in range(OBJECTS)]
            console.print(BUSY)
            with _invoking(stack, objects):
                found[BUSY] = (0, _waits(stack, "busy"))
            for first, title, suffix, size in (
                (SEQUENCES, BULK, "-bulk", backlog),
                (2 * SEQUENCES, OWN, "", own),
            ):
                console.print(f"{title}: {size:,} pictures")
                for name in FED:
                    numbers = range(first, first + size)
                    _fill(stack, stack.outputs["queues"][f"{name}{suffix}"], objects, numbers)
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


@contextmanager
def _invoking(stack: RunningStack, objects: list[Original]) -> Iterator[None]:
    """Hand the functions the work of a backlog directly, as many at a time as its queues would."""
    stopped = threading.Event()
    threads = [
        threading.Thread(
            target=_invoke, args=(stack, name, objects, count(at, CONCURRENCY), stopped)
        )
        for name in FED
        for at in range(CONCURRENCY)
    ]
    for each in threads:
        each.start()
    try:
        yield
    finally:
        stopped.set()
        for each in threads:
            each.join()


def _invoke(
    stack: RunningStack,
    name: str,
    objects: list[Original],
    numbers: Iterable[int],
    stopped: threading.Event,
) -> None:
    functions = stack.aws.client("lambda")
    for number in numbers:
        if stopped.is_set():
            return
        record = {
            "messageId": str(number),
            "body": json.dumps(_message(objects, number)),
            "attributes": {"ApproximateReceiveCount": "1"},
            "eventSource": "aws:sqs",
        }
        functions.invoke(
            FunctionName=stack.outputs["functions"][name],
            Payload=json.dumps({"Records": [record]}),
        )


def _stored(stack: RunningStack, number: int) -> Original:
    """A picture that no event announces."""
    key, data = f"uploads/backlog/{number}.jpg", photograph(1000 + number)
    s3, bucket = stack.aws.client("s3"), stack.outputs["originals"]
    with no_events(stack):
        etag = s3.put_object(Bucket=bucket, Key=key, Body=data)["ETag"].strip('"')
    return Original(bucket=bucket, key=key, sequencer="00", etag=etag, bytes=len(data))


def _fill(stack: RunningStack, url: str, objects: list[Original], numbers: range) -> None:
    """Put a message for each number on a queue, which makes its function do all of its work."""
    sqs = stack.aws.client("sqs")
    for first in range(0, len(numbers), 10):
        entries = [
            {"Id": str(number), "MessageBody": json.dumps(_message(objects, number))}
            for number in numbers[first : first + 10]
        ]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)


def _message(objects: list[Original], number: int) -> Mapping[str, Any]:
    given = objects[number % len(objects)]
    # Later each time: a version that was processed would be done at once.
    again = Original(**{**vars(given), "sequencer": f"{number:08X}"})
    event = ImageRestored(original=again, lane="backfill")
    return {
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
    rows = [
        (
            title,
            f"{size:,}",
            f"{medians[title]:.2f}",
            f"{max(waits):.2f}",
            f"{medians[title] / medians[IDLE]:.1f}",
            f"{medians[title] / medians[BUSY]:.1f}",
        )
        for title, (size, waits) in found.items()
    ]
    header = ("uploads", "pictures queued", "median, s", "longest, s", "of idle", "without a queue")
    idle, busy = (
        "yes" if medians[BULK] <= LIMIT * medians[base] else "**no**" for base in (IDLE, BUSY)
    )
    return f"""\
# How long an upload waits beside bulk work

Written by `make bench-lanes` ({markdown.machine()}).

{markdown.table(header, rows)}
Beside bulk work at most {LIMIT:g} times the wait on an idle stack: {idle}. At most {LIMIT:g} times
the wait beside the same work without a queue: {busy}.

The wait is from the end of an upload to the first change of its item. {UPLOADS} uploads,
{PAUSE_SECONDS:g} seconds apart, each. Bulk work has the smallest concurrency that Lambda takes,
{CONCURRENCY} of each function, which is more than {os.cpu_count()} processors can do at once, and
one process plays AWS for all. So the second row hands the functions as much of the same work
directly, while no queue holds a message: what it adds to the wait is the machine's, and what the
third row adds to that is the queues'. On AWS the lanes share no processor.
"""


if __name__ == "__main__":
    app()
