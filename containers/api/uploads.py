"""Uploads: requests that a browser sends to S3 by itself, within the day's quota of its person."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from api.errors import ConflictError, InvalidError, NotFoundError, TooManyError
from pipeline.address import UploadKey
from pipeline.catalog import ConflictError as WriteConflictError
from pipeline.clock import Clock
from pipeline.inventory import Items
from pipeline.original import image_id
from pipeline.quota import Limits, Reservation, Usage
from pipeline.records import Record, Records
from pipeline.signing import MAX_PARTS, Part, Signed, Signer, UnfinishedUploadError

__all__ = ["LARGEST_PUT", "PART_BYTES", "Begun", "File", "Uploads"]

LARGEST_PUT = 20_000_000
"""Larger files are uploaded in parts, which a lost connection does not undo."""

PART_BYTES = 8 * 1024 * 1024
"""What every part but the last must have at least; S3's own minimum is 5 MiB."""

SIGNED_SECONDS = 900
"""How long a signed upload is good for."""

_IN_PARTS = timedelta(days=1)
"""How long an upload in parts may take. S3 aborts it later, by the bucket's own rule."""

_GRACE = timedelta(minutes=5)
"""How long after its last second an upload may take to reach the catalog."""

_KEPT = timedelta(days=2)
_ATTEMPTS = 8
_SETTLED_AT_ONCE = 100


@dataclass(frozen=True, kw_only=True)
class File:
    """A file that somebody wants to upload; `sha256` in hexadecimal."""

    name: str
    content_type: str
    bytes: int
    sha256: str | None


@dataclass(frozen=True, kw_only=True)
class Begun:
    """An upload that may begin: by one signed request, or in parts of `part_bytes`."""

    image_id: str
    expires_at: datetime
    signed: Signed | None
    part_bytes: int | None = None


@dataclass(frozen=True)
class Uploads:
    """Signs uploads. The key is made here, and the owner's id in it is the caller's."""

    records: Records
    items: Items
    signer: Signer
    clock: Clock
    limits: Limits
    new_id: Callable[[], str]

    def begin(self, owner_id: str, files: Sequence[File]) -> list[Begun]:
        """Sign one upload of each file, or none: raises `TooManyError` beyond the quota."""
        now = self.clock()
        keys = [
            str(UploadKey(owner_id=owner_id, upload_id=self.new_id(), name=each.name))
            for each in files
        ]
        self._reserve(
            owner_id,
            [
                Reservation(
                    image_id=image_id(key),
                    bytes=file.bytes,
                    until=_seconds(now + _lasts(file) + _GRACE),
                )
                for key, file in zip(keys, files, strict=True)
            ],
        )
        return [self._begin(owner_id, key, file) for key, file in zip(keys, files, strict=True)]

    def used(self, owner_id: str) -> Usage:
        """What the person has used of today, without what expired unused."""
        record = self.records.get(self._day(owner_id))
        if record is None:
            return Usage()
        return self._settle(Usage.from_dict(record.values), _seconds(self.clock()))

    def part(self, owner_id: str, image: str, number: int, *, size: int, sha256: str) -> Signed:
        """Sign one part. Raises `NotFoundError` or `InvalidError`."""
        upload = self._upload(owner_id, image)
        last = ceil(upload["bytes"] / PART_BYTES)
        if not 1 <= number <= min(last, MAX_PARTS):
            raise InvalidError(f"number must be 1 to {last}, got {number}")
        whole = PART_BYTES if number < last else upload["bytes"] - PART_BYTES * (last - 1)
        if size != whole:
            raise InvalidError(f"bytes of part {number} must be {whole}, got {size}")
        return self.signer.part(
            upload["key"],
            upload["upload_id"],
            number,
            size=size,
            sha256=sha256,
            seconds=SIGNED_SECONDS,
        )

    def parts(self, owner_id: str, image: str) -> Sequence[Part]:
        """The parts that S3 has, so that an interrupted upload can go on."""
        upload = self._upload(owner_id, image)
        try:
            return self.signer.parts(upload["key"], upload["upload_id"])
        except UnfinishedUploadError as error:
            raise NotFoundError from error

    def complete(self, owner_id: str, image: str) -> None:
        """Put the parts together. Raises `ConflictError` while some are missing."""
        upload = self._upload(owner_id, image)
        key, upload_id = upload["key"], upload["upload_id"]
        try:
            parts = self.signer.parts(key, upload_id)
            if [each.number for each in parts] != [
                *range(1, ceil(upload["bytes"] / PART_BYTES) + 1)
            ]:
                raise UnfinishedUploadError(f"{len(parts)} parts")
            self.signer.complete(key, upload_id, parts)
        except UnfinishedUploadError as error:
            raise ConflictError("every part must be uploaded first") from error
        self.records.remove(image)

    def abort(self, owner_id: str, image: str) -> None:
        """Give the upload up, and its share of the quota back."""
        upload = self._upload(owner_id, image)
        self.signer.abort(upload["key"], upload["upload_id"])
        self.records.remove(image)
        self._release(owner_id, image)

    def _begin(self, owner_id: str, key: str, file: File) -> Begun:
        expires_at = self.clock() + _lasts(file)
        if file.bytes <= LARGEST_PUT and file.sha256:
            signed = self.signer.put(
                key,
                content_type=file.content_type,
                size=file.bytes,
                sha256=file.sha256,
                seconds=SIGNED_SECONDS,
            )
            return Begun(image_id=image_id(key), expires_at=expires_at, signed=signed)
        upload_id = self.signer.start(key, content_type=file.content_type, sha256=file.sha256)
        values = {"key": key, "upload_id": upload_id, "owner_id": owner_id, "bytes": file.bytes}
        self.records.put(Record(id=image_id(key), expires_at=_seconds(expires_at), values=values))
        return Begun(
            image_id=image_id(key), expires_at=expires_at, signed=None, part_bytes=PART_BYTES
        )

    def _upload(self, owner_id: str, image: str) -> dict[str, Any]:
        record = self.records.get(image)
        if record is None or record.expires_at <= _seconds(self.clock()):
            raise NotFoundError
        if record.values.get("owner_id") != owner_id:
            raise NotFoundError
        return dict(record.values)

    def _reserve(self, owner_id: str, wanted: Sequence[Reservation]) -> None:
        now = self.clock()
        for _ in range(_ATTEMPTS):
            record = self.records.get(self._day(owner_id)) or Record(
                id=self._day(owner_id), expires_at=_seconds(now + _KEPT), values=Usage().to_dict()
            )
            usage = self._settle(Usage.from_dict(record.values), _seconds(now))
            if not usage.fits(wanted, self.limits):
                raise TooManyError(
                    f"a day has {self.limits.pictures} pictures and {self.limits.bytes} bytes, "
                    f"of which {usage.pictures} and {usage.bytes} are used"
                )
            try:
                self.records.put(replace(record, values=usage.reserving(wanted).to_dict()))
            except WriteConflictError:
                continue
            return
        raise TooManyError("too many uploads begin at the same time; retry")

    def _release(self, owner_id: str, image: str) -> None:
        """Give back what one upload has reserved today. If others keep writing meanwhile, the
        reservation stays until it expires."""
        for _ in range(_ATTEMPTS):
            record = self.records.get(self._day(owner_id))
            if record is None:
                return
            usage = Usage.from_dict(record.values)
            released = usage.settled([image], arrived=self.items.find([image], latest=True))
            try:
                self.records.put(replace(record, values=released.to_dict()))
            except WriteConflictError:
                continue
            return

    def _settle(self, usage: Usage, now: int) -> Usage:
        """Give back what expired unused."""
        expired = [each.image_id for each in usage.expired(now)[:_SETTLED_AT_ONCE]]
        return (
            usage.settled(expired, arrived=self.items.find(expired, latest=True))
            if expired
            else usage
        )

    def _day(self, owner_id: str) -> str:
        return f"quota/{owner_id}/{self.clock():%Y-%m-%d}"


def _lasts(file: File) -> timedelta:
    return timedelta(seconds=SIGNED_SECONDS) if file.bytes <= LARGEST_PUT else _IN_PARTS


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
