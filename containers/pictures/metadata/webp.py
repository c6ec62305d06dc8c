"""A WebP's metadata, which its decoder does not look at."""

from __future__ import annotations

from pictures.metadata.blocks import (
    LARGEST_BLOCK,
    LARGEST_PROFILE,
    Metadata,
    Separated,
    bare_exif,
    usable_profile,
)

__all__ = ["separate"]

_MOST_CHUNKS = 100_000
_LARGEST = {b"EXIF": LARGEST_BLOCK, b"XMP ": LARGEST_BLOCK, b"ICCP": LARGEST_PROFILE + 1}


def separate(data: bytes) -> Separated:
    """The whole file, and its metadata; of a block that comes twice, the first."""
    found: dict[bytes, bytes] = {}
    at = 12
    for _ in range(_MOST_CHUNKS):
        if at + 8 > len(data):
            break
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name in _LARGEST:
            found.setdefault(name, data[at + 8 : at + 8 + min(length, _LARGEST[name])])
        at += 8 + length + (length & 1)
    return Separated(
        data,
        Metadata(
            exif=bare_exif(found.get(b"EXIF", b"")),
            xmp=found.get(b"XMP ", b""),
            profile=usable_profile(found.get(b"ICCP", b"")),
        ),
    )
