"""The gate is changed to and fro while pictures are uploaded."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local.pictures import Pictures
from local.state import RunningStack
from pipeline.item import Item
from proofs.engine.clouds import REGION, Cloud, cloud
from proofs.engine.copies import Say
from proofs.photographs import photograph


@dataclass(frozen=True)
class Extent:
    """How much is uploaded, and how often the gate changes meanwhile: an even number of times, so
    that it ends open."""

    pictures: int
    per_second: float
    changes: int


FULL = Extent(pictures=500, per_second=20, changes=6)
SMALL = Extent(pictures=100, per_second=2, changes=2)

WAIT_SECONDS = 600.0


def gate(cli: Path, say: Say, *, small: bool = False) -> Iterator[str]:
    """What is lost or never finished when the gate changes under uploads."""
    extent = SMALL if small else FULL
    with cloud("dev", cli, functions=True) as here:
        stage = here.engine.stage("dev")
        stage.up()
        stack = _running(here, stage.outputs())
        uploads = threading.Thread(target=_upload, args=(Pictures(stack), extent))
        uploads.start()
        changes = 0
        while changes < extent.changes and (uploads.is_alive() or changes % 2):
            stage.configure({"gate": ("guarded", "open")[changes % 2]})
            stage.up()
            changes += 1
        uploads.join()
        items = _settled(stack)
        ended = dict(Counter(item.status for item in items))
        say(f"gate: {changes} changes under {extent.pictures} uploads, {ended}")
        if (found := len(items)) != extent.pictures:
            yield f"a change of the gate must lose no picture, got {found} of {extent.pictures}"
        if late := [item.key for item in items if not _ended(item)]:
            yield f"no picture may be left for reconcile, got {len(late)}: {', '.join(late[:5])}"
        if dead := {label: _count(stack, url) for label, url in _dead_letters(stack)}:
            yield f"no event may become a dead letter, got {dead}"


def _running(here: Cloud, outputs: dict[str, object]) -> RunningStack:
    """The stage as `python -m ops` finds a running local stack."""
    stack = RunningStack(
        pid=os.getpid(),
        stage="dev",
        region=REGION,
        endpoint=here.aws.endpoint,
        front="",
        rekognition="",
        seconds_to_up=0,
        folder=str(here.project.parent),
        outputs=outputs,
    )
    stack.save()
    return stack


def _upload(pictures: Pictures, extent: Extent) -> None:
    began = time.monotonic()
    for number in range(extent.pictures):
        pictures.upload(photograph(number), f"{number}.jpg", f"uploads/{number}.jpg")
        time.sleep(max(0.0, began + number / extent.per_second - time.monotonic()))


def _settled(stack: RunningStack) -> list[Item]:
    """The catalog, once no work on a picture has waited for a while.

    The queue of `notify` may hold a notice that another message was about to send for minutes.
    """
    queues = [stack.outputs["queues"][function] for function in ("resize", "rekognition")]
    deadline, quiet = time.monotonic() + WAIT_SECONDS, 0
    while time.monotonic() < deadline and quiet < 5:
        busy = any(_count(stack, url) for url in queues)
        quiet = 0 if busy else quiet + 1
        time.sleep(1)
    return Pictures(stack).all()


def _ended(item: Item) -> bool:
    """Whether a picture has its verdict and, the gate being open, its renditions."""
    return item.status in ("rejected", "failed") or (
        item.status in ("ready", "held") and item.renditions is not None
    )


def _count(stack: RunningStack, url: str) -> int:
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    found = stack.aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=list(names))
    return sum(int(found["Attributes"][name]) for name in names)


def _dead_letters(stack: RunningStack) -> Iterator[tuple[str, str]]:
    for label, url in stack.outputs["dead_letters"].items():
        if _count(stack, url):
            yield label, url
