"""What the tests do to a running stack: upload, wait, say an event again, look into its queues."""

import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from PIL import Image

from local.journal import HeardEvent, Journal
from local.pictures import Followed, Pictures
from local.samples import SAMPLES
from local.state import RunningStack
from pipeline.item import Item


def small(sample: str) -> bytes:
    """A sample as a JPEG of at most 200 pixels a side, which is quick to work on."""
    with Image.open(io.BytesIO((SAMPLES / sample).read_bytes())) as picture:
        picture.thumbnail((200, 200))
        made = io.BytesIO()
        picture.save(made, "JPEG")
    return made.getvalue()


PICTURE, OTHER_PICTURE = small("rocket.jpg"), small("temple.jpg")
SECONDS = 180.0
"""Far longer than anything takes, for a machine that has other things to do."""

_IN_WORK = "ApproximateNumberOfMessagesNotVisible"

T = TypeVar("T")


def eventually(look: Callable[[], T | None], seconds: float = SECONDS, pause: float = 0.05) -> T:
    """What `look` finds, as soon as it finds anything; fails if it finds nothing in time.

    It looks again after each pause.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(pause)
    raise AssertionError(f"nothing came within {seconds:g} s")


def upload(pictures: Pictures, key: str, content: bytes = PICTURE) -> Followed:
    """Upload one picture and follow it to its end."""
    picture = pictures.upload(content, key.rpartition("/")[2], key)
    follow(pictures, picture)
    return picture


def upload_owned(stack: RunningStack, key: str, content: bytes = PICTURE) -> None:
    """Upload one picture whose owner, ann@example.org, is to be written to."""
    stack.aws.client("s3").put_object(
        Bucket=stack.outputs["originals"],
        Key=key,
        Body=content,
        Metadata={"owner": "ann@example.org"},
    )


def follow(pictures: Pictures, *followed: Followed) -> None:
    """Wait until each picture has come to its end."""
    *_, done = pictures.follow(followed, SECONDS)
    assert done, [(picture.key, picture.status) for picture in followed if not picture.ended]


def item(picture: Followed) -> Item:
    """The picture's item, which must be there."""
    assert picture.item is not None
    return picture.item


@dataclass(frozen=True)
class Queues:
    """The stack's own queues, by the function that each feeds."""

    stack: RunningStack

    def heard(self, picture: Followed, type_: str) -> HeardEvent:
        """The latest event of a type about a picture, once it has crossed the bus."""
        journal = Journal(self.stack.journal)

        def look() -> HeardEvent | None:
            found = [event for event in journal.events(picture.key) if event.type == type_]
            return found[-1] if found else None

        return eventually(look)

    def say_again(self, function: str, event: HeardEvent) -> None:
        """Put an event into a function's queue, as a rule that delivers twice would."""
        self.send(
            function,
            json.dumps(
                {
                    "version": "0",
                    "id": event.id,
                    "source": event.source,
                    "detail-type": event.type,
                    "time": event.at,
                    "detail": event.detail,
                }
            ),
        )

    def send(self, function: str, body: str) -> None:
        """Put any message into a function's queue."""
        self._sqs.send_message(QueueUrl=self.stack.outputs["queues"][function], MessageBody=body)

    def until_empty(self) -> None:
        """Wait until no function has a message left, waiting or in work.

        One that failed is in work for six times its function's timeout, as a notice may that
        another message was about to send.
        """
        eventually(
            lambda: all(self._count(url) == 0 for url in self.stack.outputs["queues"].values()),
            seconds=6 * 60 + SECONDS,
        )

    def feed(self, route: str) -> str:
        """The id of what takes messages from a queue."""
        queue = self.stack.outputs["queues"][route].rpartition("/")[2]
        client = self.stack.aws.client("lambda")
        [found] = [
            each["UUID"]
            for each in client.list_event_source_mappings()["EventSourceMappings"]
            if each["EventSourceArn"].endswith(f":{queue}")
        ]
        return str(found)

    def handed_out(self, function: str) -> bool:
        """Whether a function was handed a message that is not done: it works on it, or failed."""
        url, name = self.stack.outputs["queues"][function], _IN_WORK
        answer = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        return int(answer["Attributes"][name]) > 0

    def dead(self, function: str) -> list[str]:
        """The messages in a function's dead-letter queue, which stay there."""
        url = self.stack.outputs["dead_letters"][function]
        if not self._count(url):
            return []
        answer = self._sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        return [message["Body"] for message in answer.get("Messages", [])]

    def purge(self) -> None:
        """Forget every message, those in work included."""
        for kind in ("queues", "dead_letters"):
            for url in self.stack.outputs[kind].values():
                self._sqs.purge_queue(QueueUrl=url)

    @contextmanager
    def quick_retries(self, function: str) -> Iterator[None]:
        """Let a function's failed messages come back after three seconds instead of minutes.

        Good ones in the queue meanwhile come back, too, if the work on them takes longer.
        """
        url = self.stack.outputs["queues"][function]
        name = "VisibilityTimeout"
        answer = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        before = answer["Attributes"][name]
        self._sqs.set_queue_attributes(QueueUrl=url, Attributes={name: "3"})
        try:
            yield
        finally:
            self._sqs.set_queue_attributes(QueueUrl=url, Attributes={name: before})

    @property
    def _sqs(self) -> Any:
        return self.stack.aws.client("sqs")

    def _count(self, url: str) -> int:
        names = ["ApproximateNumberOfMessages", _IN_WORK]
        answer = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)
