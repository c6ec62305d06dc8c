"""The raw blocks of metadata that a file may carry, whatever its format."""

from __future__ import annotations

import io
import os
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = [
    "LARGEST_BLOCK",
    "LARGEST_PROFILE",
    "Crop",
    "Metadata",
    "Part",
    "PartsFile",
    "Separated",
    "bare_exif",
    "joined",
    "kept_parts",
    "usable_profile",
]

LARGEST_BLOCK = 4_000_000
"""Bytes of EXIF, XMP or IPTC; what lies beyond is not read."""
LARGEST_PROFILE = 8_000_000
"""Bytes of an ICC profile; a larger one is not used."""

Crop = tuple[int, int, int, int]
"""Left, top, right and bottom of the part of the stored pixels that is the picture."""


Part = bytes | memoryview
"""A stretch of a file."""


@dataclass(frozen=True)
class Metadata:
    """Raw blocks. Their contents are not validated."""

    exif: bytes = b""
    """Begins with the byte order of its tags."""
    xmp: bytes = b""
    iptc: bytes = b""
    profile: bytes | None = None
    """An ICC profile: the file's own, or one synthesised from its other colour information."""
    crop: Crop | None = None
    """The clean aperture."""
    orientation: int = 1
    """The rotation and mirroring in the properties of a HEIC file, 1 to 8 as in EXIF."""


class Separated(NamedTuple):
    """A file without the metadata that its decoder does not need, and that metadata."""

    parts: tuple[Part, ...]
    """What the decoder needs, in order. Not joined yet, as a copy of a large file counts."""
    metadata: Metadata = Metadata()


def bare_exif(block: bytes) -> bytes:
    """An EXIF block from its byte order on; any prefix is dropped."""
    block = block[:LARGEST_BLOCK]
    if block.startswith((b"II", b"MM")):
        return block
    starts = [at for at in (block.find(b"II*\0", 0, 64), block.find(b"MM\0*", 0, 64)) if at >= 0]
    return block[min(starts) :] if starts else b""


def usable_profile(profile: bytes) -> bytes | None:
    """An ICC profile, if it looks like one and is not too large."""
    sound = 128 < len(profile) <= LARGEST_PROFILE and profile[36:40] == b"acsp"
    return profile if sound else None


def kept_parts(data: bytes, kept: list[tuple[int, int]]) -> tuple[Part, ...]:
    """The kept stretches of a file, each from its start to its end, in order."""
    if sum(end - start for start, end in kept) == len(data):
        return (data,)
    view = memoryview(data)
    return tuple(view[start:end] for start, end in kept)


class PartsFile(io.RawIOBase):
    """Parts as one file, to be read without joining them."""

    def __init__(self, parts: Sequence[Part]) -> None:
        super().__init__()
        self._parts = [memoryview(part) for part in parts]
        self._ends = [*accumulate(map(len, self._parts))]
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._ends[-1]}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: Buffer) -> int:
        number = bisect_right(self._ends, self._at)
        if number == len(self._parts):
            return 0
        part = self._parts[number]
        into = memoryview(buffer)
        found = part[len(part) - (self._ends[number] - self._at) :][: len(into)]
        into[: len(found)] = found
        self._at += len(found)
        return len(found)


def joined(parts: Sequence[Part]) -> bytes:
    """The parts as one file; a single one is not copied."""
    return parts[0] if len(parts) == 1 and isinstance(parts[0], bytes) else b"".join(parts)
