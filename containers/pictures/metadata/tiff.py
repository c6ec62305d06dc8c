"""A TIFF's metadata, which is in tags beside those of its pixels."""

from __future__ import annotations

import struct
from typing import Any

from PIL import Image, ImageFile

from pictures.metadata.blocks import (
    LARGEST_BLOCK,
    LARGEST_PROFILE,
    Metadata,
    Separated,
    usable_profile,
)
from pictures.metadata.iptc import photoshop_iptc
from pictures.metadata.tags import Directory, first_directory
from pictures.orientation import ORIENTATION

__all__ = ["separate", "settle_orientation"]

_XMP, _IPTC, _PHOTOSHOP, _PROFILE = 700, 33723, 34377, 34675
_PIXELS = frozenset(
    (
        *(254, 255, 256, 257, 258, 259, 262, 263, 266, 273, 274, 277, 278, 279, 280, 281, 284),
        *(292, 293, 317, 318, 319, 320, 321, 322, 323, 324, 325, 330, 332, 336, 338, 339, 340, 341),
        *(347, 512, 513, 514, 519, 520, 521, 529, 530, 531, 532, 34310, 50706),
    )
)
"""Tags that decoding needs, and those that identify camera raw files."""
_SMALL = 100_000
"""Bytes of a tag that a decoder may read without needing it."""


def separate(data: bytes) -> Separated:
    """The file without large or damaged tags that decoding does not need, and its metadata."""
    first = first_directory(data)
    if first is None:
        return Separated((data,))
    metadata = Metadata(
        exif=data,
        xmp=first.raw(_XMP, LARGEST_BLOCK),
        iptc=first.raw(_IPTC, LARGEST_BLOCK)
        or photoshop_iptc(first.raw(_PHOTOSHOP, LARGEST_BLOCK)),
        profile=usable_profile(first.raw(_PROFILE, LARGEST_PROFILE)),
    )
    return Separated((_without_costly_tags(data, first),), metadata)


def settle_orientation(file: ImageFile.ImageFile) -> None:
    """Lets the decoder turn the picture by its own orientation tag and by nothing else.

    Else it would look for one in all EXIF directories, and in XMP after it has settled its size.
    """
    tags: Any = getattr(file, "tag_v2", {})
    value = tags.get(ORIENTATION)
    block = Image.Exif()
    block[ORIENTATION] = value if isinstance(value, int) and 1 <= value <= 8 else 1
    file.info["exif"] = block.tobytes()


def _without_costly_tags(data: bytes, directory: Directory) -> bytes:
    """The file with an empty text in place of each large or damaged tag that is not of pixels."""
    costly = [
        entry.place
        for tag, entry in directory.entries.items()
        if tag not in _PIXELS and (entry.length > _SMALL or entry.at + entry.length > len(data))
    ]
    if not costly:
        return data
    changed = bytearray(data)
    empty = struct.pack(f"{directory.order}H{'QQ' if directory.big else 'II'}", 2, 1, 0)
    for place in costly:
        changed[place + 2 : place + 2 + len(empty)] = empty
    return bytes(changed)
