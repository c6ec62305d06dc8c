"""AVIF and HEIC files put together box by box, around a picture that another program encoded."""

from __future__ import annotations

import struct
from dataclasses import dataclass

__all__ = ["Parts", "aperture", "box", "mirrored", "parts_of", "put_together", "rotated"]


@dataclass(frozen=True)
class Parts:
    """A file's primary picture: what kind it is, its properties and its coded bytes."""

    brand: bytes
    kind: bytes
    properties: tuple[bytes, ...]
    coded: bytes


def box(name: bytes, content: bytes) -> bytes:
    """A box."""
    return struct.pack(">I", 8 + len(content)) + name + content


def aperture(width: int, height: int, right: int = 0, down: int = 0, half: bool = False) -> bytes:
    """A `clap` property, its centre moved by some pixels (or by halves) from the picture's."""
    below = 2 if half else 1
    return box(b"clap", struct.pack(">IIIIiIiI", width, 1, height, 1, right, below, down, below))


def rotated(quarters: int) -> bytes:
    """An `irot` property, in quarter turns to the left."""
    return box(b"irot", bytes((quarters,)))


def mirrored(axis: int) -> bytes:
    """An `imir` property: 0 swaps top and bottom, 1 left and right."""
    return box(b"imir", bytes((axis,)))


def parts_of(data: bytes) -> Parts:
    """The parts of a file with a single item, such as Pillow and libheif write."""
    top = dict(_boxes(data, 0, len(data)))
    meta = dict(_boxes(data, top[b"meta"][0] + 4, top[b"meta"][1]))
    iprp = dict(_boxes(data, *meta[b"iprp"]))
    properties = tuple(
        data[start - 8 : end]
        for name, (start, end) in _boxes(data, *iprp[b"ipco"])
        if name not in (b"irot", b"imir", b"clap")
    )
    kind = b"av01" if b"av01" in data[: top[b"meta"][1]] else b"hvc1"
    return Parts(data[8:12], kind, properties, data[top[b"mdat"][0] : top[b"mdat"][1]])


def _boxes(data: bytes, start: int, end: int) -> list[tuple[bytes, tuple[int, int]]]:
    found = []
    while start + 8 <= end:
        length = int.from_bytes(data[start : start + 4], "big") or end - start
        found.append((data[start + 4 : start + 8], (start + 8, start + length)))
        start += length
    return found


def put_together(
    parts: Parts,
    *more: bytes,
    exif: bytes = b"",
    xmp: bytes = b"",
    exif_extent: tuple[int, int] | None = None,
    without: tuple[bytes, ...] = (),
) -> bytes:
    """A file of the parts with further properties, in this order, and with metadata items.

    `exif` is the whole item, from the offset before the block on; `exif_extent` puts another place
    and length in its stead. Properties named in `without` are left out.
    """
    properties = [one for one in parts.properties if one[4:8] not in without] + list(more)
    items = [(1, parts.kind, b"", parts.coded)]
    if exif or exif_extent:
        items.append((2, b"Exif", b"", exif))
    if xmp:
        items.append((3, b"mime", b"application/rdf+xml\0", xmp))

    def file(start: int) -> bytes:
        places = b""
        for number, kind, _, content in items:
            extent = (start, len(content))
            if kind == b"Exif" and exif_extent:
                extent = exif_extent
            places += struct.pack(">HHHII", number, 0, 1, *extent)
            start += len(content)
        infos = b"".join(
            box(b"infe", struct.pack(">IHH", 0x02000000, number, 0) + kind + b"\0" + extra)
            for number, kind, extra, _ in items
        )
        essential = (b"clap", b"irot", b"imir", b"av1C", b"hvcC")
        associations = bytes(
            index + 1 | (0x80 if one[4:8] in essential else 0)
            for index, one in enumerate(properties)
        )
        references = b"".join(
            box(b"cdsc", struct.pack(">HHH", number, 1, 1)) for number, *_ in items[1:]
        )
        meta = box(
            b"meta",
            bytes(4)
            + box(b"hdlr", bytes(8) + b"pict" + bytes(13))
            + box(b"pitm", bytes(4) + struct.pack(">H", 1))
            + box(b"iloc", bytes(4) + b"\x44\0" + struct.pack(">H", len(items)) + places)
            + box(b"iinf", bytes(4) + struct.pack(">H", len(items)) + infos)
            + (box(b"iref", bytes(4) + references) if references else b"")
            + box(
                b"iprp",
                box(b"ipco", b"".join(properties))
                + box(
                    b"ipma",
                    struct.pack(">IIHB", 0, 1, 1, len(associations)) + associations,
                ),
            ),
        )
        brands = parts.brand + bytes(4) + b"mif1miaf" + parts.brand
        return box(b"ftyp", brands) + meta

    header = file(file_length := len(file(0)) + 8)
    assert len(header) + 8 == file_length
    return header + box(b"mdat", b"".join(content for *_, content in items))
