"""Directories of tags: the format of TIFF files and of EXIF blocks, read within limits.

Only requested tags are read, and only their first values: a tag may claim millions of them.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Collection
from dataclasses import dataclass

__all__ = ["Directory", "Entry", "Value", "first_directory", "subdirectory"]

Value = bytes | tuple[float, ...]
"""Text and opaque bytes as bytes, numbers as a tuple; a fraction by zero is not a number."""

_MOST_ENTRIES = 4096
_MOST_VALUES = 16
_MOST_BYTES = 4096
_FORMATS = {3: "H", 4: "I", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I", 16: "Q", 17: "q", 18: "Q"}
_SIZES = {1: 1, 2: 1, 5: 8, 6: 1, 7: 1, 10: 8, 129: 1} | {
    kind: struct.calcsize(f"<{form}") for kind, form in _FORMATS.items()
}


@dataclass(frozen=True)
class Entry:
    """One tag of a directory."""

    kind: int
    count: int
    place: int
    """Where the entry itself is in the block."""
    at: int
    """Where its values are in the block."""

    @property
    def length(self) -> int:
        """Bytes of all its values."""
        return _SIZES.get(self.kind, 1) * self.count


class Directory:
    """The entries of one directory. A damaged tag counts as absent."""

    def __init__(self, block: bytes, at: int, order: str, *, big: bool) -> None:
        self.block = block
        self.order = order
        self.big = big
        self.entries: dict[int, Entry] = {}
        count_format, size = ("Q", 20) if big else ("H", 12)
        head = struct.calcsize(f"={count_format}")
        if at < 8 or at + head > len(block):
            return
        (count,) = struct.unpack_from(f"{order}{count_format}", block, at)
        at += head
        for place in range(at, at + size * min(count, _MOST_ENTRIES), size):
            if place + size > len(block):
                return
            self._add(place)

    def _add(self, place: int) -> None:
        offset_format, inline = ("Q", 8) if self.big else ("I", 4)
        tag, kind, count = struct.unpack_from(f"{self.order}HH{offset_format}", self.block, place)
        at = place + 4 + inline
        if _SIZES.get(kind, 1) * count > inline:
            (at,) = struct.unpack_from(f"{self.order}{offset_format}", self.block, at)
        self.entries.setdefault(tag, Entry(kind, count, place, at))

    def raw(self, tag: int, most: int) -> bytes:
        """The bytes of a tag's values; none if they are damaged or more than `most`."""
        entry = self.entries.get(tag)
        if entry is None:
            return b""
        if entry.length > most or entry.at + entry.length > len(self.block):
            return b""
        return self.block[entry.at : entry.at + entry.length]

    def value(self, tag: int) -> Value | None:
        """The first values of a tag, or None if it is absent or damaged."""
        entry = self.entries.get(tag)
        if entry is None or entry.kind not in _SIZES:
            return None
        if _SIZES[entry.kind] == 1:
            return self.block[entry.at : entry.at + min(entry.count, _MOST_BYTES)]
        count = min(entry.count, _MOST_VALUES)
        if entry.at + _SIZES[entry.kind] * count > len(self.block):
            return None
        if entry.kind in (5, 10):
            form = f"{self.order}{2 * count}{'I' if entry.kind == 5 else 'i'}"
            numbers = struct.unpack_from(form, self.block, entry.at)
            pairs = zip(numbers[::2], numbers[1::2], strict=True)
            return tuple(above / below if below else math.nan for above, below in pairs)
        form = f"{self.order}{count}{_FORMATS[entry.kind]}"
        return struct.unpack_from(form, self.block, entry.at)

    def values(self, tags: Collection[int]) -> dict[int, Value]:
        """The first values of each of these tags that is there."""
        found = {tag: self.value(tag) for tag in tags}
        return {tag: value for tag, value in found.items() if value}


def first_directory(block: bytes) -> Directory | None:
    """The first directory of a TIFF file or EXIF block; None if it is neither."""
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None or len(block) < 8:
        return None
    (version,) = struct.unpack_from(f"{order}H", block, 2)
    if version == 43 and len(block) >= 16:
        (at,) = struct.unpack_from(f"{order}Q", block, 8)
        return Directory(block, at, order, big=True)
    (at,) = struct.unpack_from(f"{order}I", block, 4)
    return Directory(block, at, order, big=False)


def subdirectory(directory: Directory, tag: int) -> Directory | None:
    """The directory that a tag points at."""
    value = directory.value(tag)
    if not value or isinstance(value, bytes):
        return None
    return Directory(directory.block, int(value[0]), directory.order, big=directory.big)
