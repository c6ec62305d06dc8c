"""Audits a running stack: nothing lost or doubled in catalog, renditions, notices and queues."""

import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from local.journal import Journal
from local.pictures import Pictures
from local.state import RunningStack
from pipeline.item import Item
from pipeline.original import image_id

__all__ = ["Audit", "Finding", "Subject"]

_HEADLINES = {
    "ready": "is ready.",
    "held": "is held for review.",
    "rejected": "was rejected.",
    "failed": "could not be processed.",
}
_IMAGE = re.compile(r"^Image: ([0-9a-f]{32})$", re.MULTILINE)


@dataclass(frozen=True)
class Subject:
    """An upload and its expected end."""

    key: str
    status: str
    notices: Mapping[str, int]
    """How many notices of each outcome are required, as `Audit.notices` names them."""
    at_most: Mapping[str, int] | None = None
    """How many are allowed; as many as are required, unless given."""

    @property
    def image_id(self) -> str:
        """The picture's identity."""
        return image_id(self.key)


@dataclass
class Finding:
    """What is wrong with one subject."""

    subject: Subject
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Audit:
    """Compares everything that a running stack holds."""

    stack: RunningStack

    def settle(self, subjects: Sequence[Subject], seconds: float, *, poll: float = 1.0) -> bool:
        """Wait until every subject has its end and the queues are empty; returns whether that came.

        The end is the status with its notices.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.pending() == 0 and not self.unsettled(subjects):
                return True
            time.sleep(poll)
        return False

    def unsettled(self, subjects: Iterable[Subject]) -> list[Subject]:
        """Subjects that have not reached their end, or whose notice is not yet in the inbox."""
        items = {item.image_id: item for item in Pictures(self.stack).all()}
        notices = self.notices()
        return [
            subject
            for subject in subjects
            if (item := items.get(subject.image_id)) is None
            or item.status != subject.status
            or (item.obsolete and subject.status != "held")
            or any(
                notices[subject.image_id][outcome] < count
                for outcome, count in subject.notices.items()
            )
        ]

    def findings(self, subjects: Iterable[Subject]) -> list[Finding]:
        """What is lost or doubled, one finding per subject, empty ones included."""
        items = {item.image_id: item for item in Pictures(self.stack).all()}
        files = self.files()
        notices = self.notices()
        return [
            self._finding(
                each, items.get(each.image_id), files[each.image_id], notices[each.image_id]
            )
            for each in subjects
        ]

    def files(self) -> Mapping[str, dict[str, int]]:
        """The size of every rendition in the bucket, by image and key."""
        found: dict[str, dict[str, int]] = defaultdict(dict)
        pages = (
            self.stack.aws.client("s3")
            .get_paginator("list_objects_v2")
            .paginate(Bucket=self.stack.outputs["renditions"])
        )
        for page in pages:
            for entry in page.get("Contents", []):
                found[entry["Key"].split("/")[1]][entry["Key"]] = entry["Size"]
        return found

    def notices(self) -> Mapping[str, Counter[str]]:
        """How many notices of each outcome are in the inbox, by image.

        A mail to the uploader counts as `ready by mail` and so on.
        """
        sent: dict[str, Counter[str]] = defaultdict(Counter)
        for notice in Journal(self.stack.journal).notices():
            about = _IMAGE.search(notice.text)
            headline = notice.text.partition("\n")[0]
            for outcome, ending in _HEADLINES.items():
                if about and headline.endswith(ending):
                    way = " by mail" if notice.channel == "ses" else ""
                    sent[about.group(1)][outcome + way] += 1
        return sent

    def pending(self) -> int:
        """Messages in the functions' queues, waiting or in flight."""
        return sum(self.depth(url) for url in self.stack.outputs["queues"].values())

    def dead_letters(self) -> dict[str, int]:
        """How many dead letters each function has."""
        return {name: self.depth(url) for name, url in self.stack.outputs["dead_letters"].items()}

    def depth(self, url: str) -> int:
        """Messages of a queue, waiting or in flight."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.stack.aws.client("sqs").get_queue_attributes(
            QueueUrl=url, AttributeNames=names
        )
        return sum(int(answer["Attributes"][name]) for name in names)

    def _finding(
        self, subject: Subject, item: Item | None, files: dict[str, int], notices: Counter[str]
    ) -> Finding:
        finding = Finding(subject)
        if item is None or item.status != subject.status:
            finding.lost.append(f"is {item.status if item else 'unknown'}, not {subject.status}")
        catalogued = {
            file["key"]: file["bytes"]
            for formats in ((item and item.renditions) or {}).values()
            for file in formats.values()
        }
        if subject.status == "ready" and not catalogued:
            finding.lost.append("has no renditions")
        missing = {key for key, size in catalogued.items() if files.get(key) != size}
        finding.lost += [f"{key} is not as catalogued" for key in sorted(missing)]
        # Made on demand: under the content that is shown, and named unlike renditions by a digit.
        shown = f"/{item.content}/" if item and item.status == "ready" else None
        extra = {
            key
            for key in files.keys() - catalogued.keys()
            if not (shown and shown in key and key.rpartition("/")[2][:1].isdigit())
        }
        finding.doubled += [f"{key} is not catalogued" for key in sorted(extra)]
        most = subject.notices if subject.at_most is None else subject.at_most
        for outcome in sorted({*subject.notices, *notices}):
            found, least = notices[outcome], subject.notices.get(outcome, 0)
            if found < least:
                finding.lost.append(f"{found} of {least} notices: {outcome}")
            elif found > most.get(outcome, 0):
                finding.doubled.append(
                    f"{found} notices, at most {most.get(outcome, 0)}: {outcome}"
                )
        return finding
