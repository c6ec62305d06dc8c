"""The boxes of AVIF and HEIC files that describe their primary picture, and its metadata."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import floor

from pictures.metadata import icc
from pictures.metadata.blocks import (
    LARGEST_BLOCK,
    LARGEST_PROFILE,
    Crop,
    Metadata,
    Separated,
    bare_exif,
    usable_profile,
)

__all__ = ["coded_types", "picture_extents", "separate_avif", "separate_heic"]

_MOST_BOXES = 100_000
_XMP = b"application/rdf+xml"
_IGNORED = b"skip"
"""A type of item that no decoder knows."""

Box = tuple[bytes, int, int]
"""Its type, and where its content starts and ends."""
Edit = tuple[int, bytes]
"""Where in the file other bytes go, and which."""


@dataclass
class _Item:
    place: int
    """Where its type is written."""
    exif: bool
    xmp: bool


@dataclass
class _Meta:
    """What the `meta` box says."""

    primary: int = -1
    items: dict[int, _Item] = field(default_factory=dict)
    extents: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    descriptions: list[int] = field(default_factory=list)
    """Where the types of the references stand that make an item describe a picture."""
    properties: list[Box] = field(default_factory=list)
    associations: dict[int, list[int]] = field(default_factory=dict)

    @property
    def described(self) -> list[Box]:
        """The properties of the primary picture."""
        numbers = self.associations.get(self.primary, [])
        return [
            self.properties[number - 1] for number in numbers if 0 < number <= len(self.properties)
        ]


def separate_avif(data: bytes) -> Separated:
    """The file without its EXIF and XMP items, its metadata, and its clean aperture.

    libavif reports a clean aperture but returns all pixels.
    """
    meta = _meta(data)
    edited = _edited(data, _without_items(meta))
    return Separated((_without_trailer(edited, meta),), _metadata(data, meta))


def separate_heic(data: bytes) -> Separated:
    """The file without its EXIF and XMP items, rotation, mirroring and clean aperture; and these.

    libheif would do all three, but pi_heif limits its memory by the size of the clean aperture,
    and so refuses every file that has one.
    """
    meta = _meta(data)
    starts = {kind: start for kind, start, _ in meta.described}
    edits = _without_items(meta)
    for kind, start, _ in meta.properties:  # an alpha channel turns as its picture does
        if kind == b"clap" and b"ispe" in starts:
            width, height = struct.unpack_from(">II", data, starts[b"ispe"] + 4)
            edits.append((start, struct.pack(">8I", width, 1, height, 1, 0, 1, 0, 1)))
        elif kind in (b"irot", b"imir"):  # no mirroring does nothing, but a rotation by 0 does
            edits.append((start - 4, b"irot\0"))
    metadata = replace(_metadata(data, meta), orientation=_orientation(data, meta.described))
    return Separated((_without_trailer(_edited(data, edits), meta),), metadata)


def picture_extents(data: bytes) -> list[tuple[int, int]]:
    """Start and length of every part of the file's pictures; none if they are not located."""
    meta = _meta(data)
    return [
        extent
        for number, extents in meta.extents.items()
        for extent in extents
        if number in meta.items and not (meta.items[number].exif or meta.items[number].xmp)
    ]


def coded_types(data: bytes) -> set[bytes]:
    """The item types of the primary picture, or of all pictures if it is derived from others."""
    meta = _meta(data)
    types = {number: data[item.place : item.place + 4] for number, item in meta.items.items()}
    primary = types.get(meta.primary, b"")
    if primary in _DERIVED:
        return set(types.values()) - _DERIVED - _NO_PICTURES
    return {primary} if primary else set()


_DERIVED = frozenset((b"grid", b"iden", b"iovl", b"tmap"))
_NO_PICTURES = frozenset((b"Exif", b"mime", b"uri "))

_ORIENTATIONS = ((1, 8, 3, 6), (4, 5, 2, 7), (2, 7, 4, 5))
"""EXIF's, by quarter turns to the left: not mirrored, then top to bottom, then left to right."""


def _orientation(data: bytes, properties: list[Box]) -> int:
    """What rotations and mirrorings, in the order of their association, come to."""
    turns = mirror = 0
    for kind, start, _ in properties:
        if kind == b"irot":  # behind a mirroring, as far the other way before it
            turns += -(data[start] & 3) if mirror else data[start] & 3
        elif kind == b"imir":
            axis = 1 + (data[start] & 1)
            turns += 2 if mirror and mirror != axis else 0
            mirror = 0 if mirror else axis
    return _ORIENTATIONS[mirror][turns & 3]


def _without_trailer(data: bytes, meta: _Meta) -> bytes:
    """A file of still pictures up to the box with the last of their bytes.

    libheif reads every box behind it, and fails at a second file.
    """
    outer = list(_boxes(data, 0, len(data)))
    ends = [at + length for extents in meta.extents.values() for at, length in extents]
    used = max((end for end in ends if end <= len(data)), default=0)
    metas = [start for kind, start, _ in outer if kind == b"meta"]
    if not used or not metas or any(kind == b"moov" for kind, _, _ in outer):
        return data
    return data[: max(stop for _, start, stop in outer if start < used or start <= metas[0])]


def _without_items(meta: _Meta) -> list[Edit]:
    """Edits that make decoders ignore metadata; pi_heif crashes on some that lies past the end."""
    items = [(item.place, _IGNORED) for item in meta.items.values() if item.exif or item.xmp]
    return items + [(place, _IGNORED) for place in meta.descriptions]


def _edited(data: bytes, edits: list[Edit]) -> bytes:
    if not edits:
        return data
    changed = bytearray(data)
    for at, content in edits:
        changed[at : at + len(content)] = content
    return bytes(changed)


def _metadata(data: bytes, meta: _Meta) -> Metadata:
    """The first EXIF and XMP blocks, and what the primary picture's properties say."""
    exifs = [number for number, item in meta.items.items() if item.exif]
    xmps = [number for number, item in meta.items.items() if item.xmp]
    return Metadata(
        exif=bare_exif(_content(data, meta, exifs[0])) if exifs else b"",
        xmp=_content(data, meta, xmps[0]) if xmps else b"",
        profile=_profile(data, meta.described),
        crop=_clean_aperture(data, meta.described),
    )


def _boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    for _ in range(_MOST_BOXES):
        if start + 8 > end:
            return
        length, head = int.from_bytes(data[start : start + 4], "big"), 8
        if length == 1:
            length, head = struct.unpack_from(">Q", data, start + 8)[0], 16
        stop = end if length == 0 else start + length
        if stop < start + head or stop > end:
            return
        yield data[start + 4 : start + 8], start + head, stop
        start = stop


def _meta(data: bytes) -> _Meta:
    meta = _Meta()
    outer = next((box for box in _boxes(data, 0, len(data)) if box[0] == b"meta"), None)
    if outer is None:
        return meta
    own = 0
    for kind, start, end in _boxes(data, outer[1] + 4, outer[2]):
        if kind == b"pitm":
            meta.primary = int.from_bytes(
                data[start + 4 : start + (8 if data[start] else 6)], "big"
            )
        elif kind == b"iinf":
            first = start + (8 if data[start] else 6)
            for name, begin, stop in _boxes(data, first, end):
                if name == b"infe" and data[begin] >= 2:
                    _add_item(data, meta, begin, stop)
        elif kind == b"idat":
            own = start
        elif kind == b"iref":
            references = _boxes(data, start + 4, end)
            meta.descriptions = [begin - 4 for name, begin, _ in references if name == b"cdsc"]
        elif kind == b"iprp":
            for name, begin, stop in _boxes(data, start, end):
                if name == b"ipco":
                    meta.properties = list(_boxes(data, begin, stop))
                elif name == b"ipma":
                    _add_associations(data, meta, begin, stop)
    for kind, start, end in _boxes(data, outer[1] + 4, outer[2]):
        if kind == b"iloc":
            _add_extents(data, meta, start, end, own)
    return meta


def _add_item(data: bytes, meta: _Meta, start: int, end: int) -> None:
    width = 2 if data[start] == 2 else 4
    number = int.from_bytes(data[start + 4 : start + 4 + width], "big")
    place = start + 4 + width + 2
    kind = data[place : place + 4]
    content_type = data[place + 4 : end].split(b"\0")[1:2]
    meta.items[number] = _Item(
        place, exif=kind == b"Exif", xmp=kind == b"mime" and content_type == [_XMP]
    )


def _add_associations(data: bytes, meta: _Meta, start: int, end: int) -> None:
    wide_items, wide = data[start] > 0, data[start + 3] & 1
    count = int.from_bytes(data[start + 4 : start + 8], "big")
    at = start + 8
    for _ in range(min(count, _MOST_BOXES)):
        if at >= end:
            return
        width = 4 if wide_items else 2
        number = int.from_bytes(data[at : at + width], "big")
        at += width
        entries = data[at]
        at += 1
        size = 2 if wide else 1
        found = meta.associations.setdefault(number, [])
        for _ in range(entries):
            value = int.from_bytes(data[at : at + size], "big")
            found.append(value & (0x7FFF if wide else 0x7F))
            at += size


def _add_extents(data: bytes, meta: _Meta, start: int, end: int, own: int) -> None:
    version = data[start]
    sizes = [data[start + 4] >> 4, data[start + 4] & 15, data[start + 5] >> 4, data[start + 5] & 15]
    at = start + 6

    def number(width: int) -> int:
        nonlocal at
        value = int.from_bytes(data[at : at + width], "big")
        at += width
        return value

    for _ in range(min(number(4 if version == 2 else 2), _MOST_BOXES)):
        if at >= end:
            return
        item = number(4 if version == 2 else 2)
        method = number(2) & 15 if version else 0
        number(2)
        base = number(sizes[2]) + (own if method == 1 else 0)
        extents: list[tuple[int, int]] = []
        for _ in range(number(2)):
            if at >= end:
                break
            if version:
                number(sizes[3])
            offset = number(sizes[0])
            extents.append((base + offset, number(sizes[1])))
        if method <= 1:
            meta.extents[item] = extents


def _content(data: bytes, meta: _Meta, number: int) -> bytes:
    extents = meta.extents.get(number, [])
    if sum(length for _, length in extents) > LARGEST_BLOCK:
        extents = extents[:1]
    return b"".join(data[at : at + min(length, LARGEST_BLOCK)] for at, length in extents)


def _profile(data: bytes, boxes: list[Box]) -> bytes | None:
    coded = None
    for kind, start, end in boxes:
        if kind != b"colr":
            continue
        name = data[start : start + 4]
        content = data[start + 4 : min(end, start + 4 + LARGEST_PROFILE)]
        if name in (b"prof", b"rICC") and usable_profile(content):
            return content
        if name == b"nclx" and len(content) >= 4 and content[0] == content[2] == 0:
            coded = coded or icc.from_code_points(bytes((content[1], content[3])))
    return coded


def _clean_aperture(data: bytes, boxes: list[Box]) -> Crop | None:
    """The clean aperture of the primary picture; None if it has none within its pixels."""
    found = {kind: start for kind, start, _ in boxes}
    if b"clap" not in found or b"ispe" not in found:
        return None
    size = struct.unpack_from(">II", data, found[b"ispe"] + 4)
    values = struct.unpack_from(">IIIIiIiI", data, found[b"clap"])
    if 0 in values[1::2]:
        return None
    width, height, right, down = (
        Fraction(above, below) for above, below in zip(values[::2], values[1::2], strict=True)
    )
    left, top = floor((size[0] - width) / 2 + right), floor((size[1] - height) / 2 + down)
    crop = (left, top, left + floor(width), top + floor(height))
    inside = 0 <= crop[0] < crop[2] <= size[0] and 0 <= crop[1] < crop[3] <= size[1]
    return crop if inside else None
