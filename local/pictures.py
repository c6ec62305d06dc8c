"""Pictures of a running stack: uploading, looking up and following them to their end."""

import mimetypes
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aws.dynamodb import is_record, read
from local.state import RunningStack
from ops.terminal import in_bytes, is_utf8
from pipeline.item import Item, Malformed, MalformedItemError
from pipeline.original import image_id

PREFIX = "uploads/"
STAGES = ("received", "analysed", "rendered", "ready", "notified")
ENDS = ("ready", "held", "rejected", "failed")
_KEY_BYTES = 1024  # S3 takes no longer ones
_POLL_SECONDS = 0.1
_BATCH = 100  # what one BatchGetItem takes


class NoPictureError(LookupError):
    """The catalog knows no such picture, or several."""


def upload_key(file: Path) -> str:
    """Where a file goes unless told otherwise."""
    return f"{PREFIX}{file.name}"


def uploads(files: Sequence[Path], key: str | None = None) -> list[tuple[Path, str]]:
    """Each file with the key that it goes to, by its name unless `key` is given.

    Raises `ValueError` for what would never come to an end or would go unseen: a key that is not
    UTF-8 or not under uploads/, a file that is empty or not a regular one, and two of one key.
    """
    chosen = [(file, upload_key(file) if key is None else key) for file in files]
    for file, to in chosen:
        # A name that is not UTF-8 could not be printed as it is, either.
        name = in_bytes(str(file))
        if not file.is_file():
            raise ValueError(f"picture must be a regular file, got {name}")
        if not file.stat().st_size:
            raise ValueError(f"picture must not be empty, as empty objects are ignored, got {name}")
        if not is_utf8(to):
            way_out = f", got that of {name}: upload it with --key" if key is None else ""
            raise ValueError(f"key must be UTF-8{way_out}")
        if not to.startswith(PREFIX):
            raise ValueError(f"key must start with {PREFIX}, got {to or 'nothing'}")
        if (size := len(to.encode())) > _KEY_BYTES:
            raise ValueError(f"key must have at most {_KEY_BYTES} bytes, got {size}")
    several = [to for to, count in Counter(to for _, to in chosen).items() if count > 1]
    if several:
        raise ValueError(f"two files would become {several[0]}; upload one at a time with --key")
    return chosen


@dataclass
class Followed:
    """One upload on its way. `item` is the catalog's, once it is about this very upload."""

    name: str
    key: str
    uploaded_at: datetime
    item: Item | None = None
    gate: str = "guarded"
    """With the gate open, renditions are made of what is held, too."""

    @property
    def image_id(self) -> str:
        """The picture's identity."""
        return image_id(self.key)

    @property
    def status(self) -> str:
        """The item's status; `uploaded` before there is one."""
        return self.item.status if self.item else "uploaded"

    @property
    def ended(self) -> bool:
        """Whether the picture has come to an end, its renditions are there as well if the gate
        is open, and the notice is out."""
        if self.item is None or self.item.status not in ENDS:
            return False
        if self.gate == "open" and self.item.status == "held" and self.item.renditions is None:
            return False
        notice = (self.item.notices or {}).get(self.item.status, {})
        return notice.get("state") == "sent"

    @property
    def unended(self) -> str:
        """What to say of a picture that has not ended in time."""
        return f"{self.name} did not come to an end, it is {self.status}"

    def seconds(self) -> dict[str, float]:
        """Seconds from the upload to each stage that was reached; `ready` stands for any end."""
        if self.item is None:
            return {}
        reached = {
            line["stage"]: (datetime.fromisoformat(line["at"]) - self.uploaded_at).total_seconds()
            for line in self.item.timeline
        }
        reached = {stage: max(0.0, seconds) for stage, seconds in reached.items()}
        needed = {
            "ready": ("analysed", "rendered"),
            "held": ("analysed",),
            "rejected": ("analysed",),
            "failed": ("failed",),
        }.get(self.status, ())
        if needed and all(stage in reached for stage in needed):
            reached["ready"] = max(reached[stage] for stage in needed)
        return reached

    def take(self, item: Item | None) -> None:
        """Remember the item if it is about this upload and not an earlier one of the same key."""
        if item is None or not item.timeline:
            return
        # Both clocks are this machine's; the item's has milliseconds.
        began = datetime.fromisoformat(item.timeline[0]["at"])
        if began >= self.uploaded_at - timedelta(milliseconds=1):
            self.item = item


@dataclass(frozen=True)
class Pictures:
    """The uploads and the catalog of one running stack."""

    stack: RunningStack

    def upload(self, content: bytes, name: str, key: str) -> Followed:
        """Put an object where the pipeline looks for uploads."""
        kind, _ = mimetypes.guess_type(name)
        uploaded_at = datetime.now(UTC)
        self.stack.aws.client("s3").put_object(
            Bucket=self.stack.outputs["originals"],
            Key=key,
            Body=content,
            ContentType=kind or "application/octet-stream",
        )
        return Followed(name, key, uploaded_at, gate=self.stack.outputs["gate"])

    def follow(self, followed: Sequence[Followed], timeout_seconds: float) -> Iterator[bool]:
        """Keep the items up to date until every picture has ended; yields whether all have.

        The last value is False if the time ran out first.
        """
        deadline = time.monotonic() + timeout_seconds
        while True:
            waiting = [picture for picture in followed if not picture.ended]
            items = self._items({picture.image_id for picture in waiting})
            for picture in waiting:
                item = items.get(picture.image_id)
                picture.take(item if isinstance(item, Item) else None)
            done = all(picture.ended for picture in followed)
            yield done
            if done or time.monotonic() > deadline:
                return
            time.sleep(_POLL_SECONDS)

    def all(self) -> list[Item]:
        """Every item that can be read, the latest change first."""
        items = [item for item in self.scan() if isinstance(item, Item)]
        return sorted(items, key=lambda item: item.updated_at, reverse=True)

    def scan(self) -> Iterator[Item | Malformed]:
        """Every picture's item, in the table's own order."""
        pages = (
            self.stack.aws.client("dynamodb")
            .get_paginator("scan")
            .paginate(TableName=self.stack.outputs["catalog"], ConsistentRead=True)
        )
        return (read(raw) for page in pages for raw in page["Items"] if not is_record(raw))

    def find(self, name: str) -> Item:
        """The item of an image id (or its beginning), a key, or a file name under uploads/.

        Raises `NoPictureError` for none or several, and `MalformedItemError`.
        """
        keys = (name, f"{PREFIX}{name}")
        found = list(self._items({name, *(image_id(key) for key in keys)}).values())[:1]
        if not found and len(name) >= 4:
            found = [item for item in self.scan() if item.image_id.startswith(name)]
        if len(found) == 1:
            (item,) = found
            if isinstance(item, Malformed):
                raise MalformedItemError(item)
            return item
        problem = "no picture is" if not found else f"{len(found)} pictures are"
        raise NoPictureError(f"{problem} called {name}")

    def _items(self, image_ids: Iterable[str]) -> dict[str, Item | Malformed]:
        table = self.stack.outputs["catalog"]
        wanted = sorted(image_ids)
        items: dict[str, Item | Malformed] = {}
        for start in range(0, len(wanted), _BATCH):
            keys = [{"image_id": {"S": each}} for each in wanted[start : start + _BATCH]]
            answer = self.stack.aws.client("dynamodb").batch_get_item(
                RequestItems={table: {"Keys": keys, "ConsistentRead": True}}
            )
            for raw in answer["Responses"].get(table, []):
                item = read(raw)
                items[item.image_id] = item
        return items
