"""AVIF and HEIC files whose coded bytes are in unusual places, and with other data behind them."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from proofs.specimens import Specimen, chart, heic, jpeg, saved
from proofs.specimens.heif import Parts, box, parts_of

__all__ = ["BOXES", "Places", "scattered"]


@dataclass(frozen=True)
class Places:
    """Where a file keeps the coded bytes of its picture, and how it locates them."""

    within: Literal["mdat", "mdat before meta", "mdat of 64 bits", "mdat to the end", "idat"]
    order: tuple[int, ...] = (0,)
    """Which of the extents comes first in the file, and so on."""
    version: int = 1
    """Of `iloc`."""
    wide: bool = False
    """Whether `iloc` has 64-bit numbers, relative to a base."""
    behind: bytes = b""


def scattered(parts: Parts, places: Places) -> bytes:
    """A file of the parts with its coded bytes in these places."""
    step = -(-len(parts.coded) // len(places.order))
    pieces = [parts.coded[at : at + step] for at in range(0, len(parts.coded), step)]
    coded, starts = b"", {}
    for number in places.order:
        starts[number] = len(coded)
        coded += pieces[number]
    extents = [(starts[number], len(piece)) for number, piece in enumerate(pieces)]
    ftyp = box(b"ftyp", parts.brand + bytes(4) + b"mif1miaf" + parts.brand)
    if places.within == "idat":
        idat = box(b"idat", coded)
        return ftyp + _meta(parts, places, extents, 0, idat) + places.behind
    length = {"mdat of 64 bits": 1, "mdat to the end": 0}.get(places.within, 8 + len(coded))
    head = struct.pack(">I4s", length, b"mdat")
    if length == 1:
        head += struct.pack(">Q", 16 + len(coded))
    if places.within == "mdat before meta":
        meta = _meta(parts, places, extents, len(ftyp + head))
        return ftyp + head + coded + meta + places.behind
    start = len(ftyp + _meta(parts, places, extents, 0) + head)
    return ftyp + _meta(parts, places, extents, start) + head + coded + places.behind


def _meta(
    parts: Parts, places: Places, extents: list[tuple[int, int]], start: int, idat: bytes = b""
) -> bytes:
    number = ">I" if places.version == 2 else ">H"
    offset = ">Q" if places.wide else ">I"
    item = struct.pack(number, 1)
    if places.version:
        item += struct.pack(">H", bool(idat))
    item += struct.pack(">H", 0)
    if places.wide:
        item += struct.pack(">Q", start)
        start = 0
    item += struct.pack(">H", len(extents))
    item += b"".join(struct.pack(offset, start + at) + struct.pack(offset, n) for at, n in extents)
    sizes = b"\x88\x80" if places.wide else b"\x44\0"
    located = bytes((places.version, 0, 0, 0)) + sizes + struct.pack(number, 1) + item
    described = box(b"infe", struct.pack(">IHH", 0x02000000, 1, 0) + parts.kind + b"\0")
    properties = bytes(
        number + 1 | (0x80 if one[4:8] in (b"av1C", b"hvcC") else 0)
        for number, one in enumerate(parts.properties)
    )
    associated = struct.pack(">IIHB", 0, 1, 1, len(properties)) + properties
    content = (
        box(b"hdlr", bytes(8) + b"pict" + bytes(13)),
        box(b"pitm", bytes(4) + struct.pack(">H", 1)),
        box(b"iloc", located),
        box(b"iinf", bytes(4) + struct.pack(">H", 1) + described),
        box(b"iprp", box(b"ipco", b"".join(parts.properties)) + box(b"ipma", associated)),
    )
    return box(b"meta", bytes(4) + b"".join(content) + idat)


_VIDEO = b"\0\0\0\x18ftypmp42" + random.Random(1).randbytes(5000)
_SAMSUNG = box(b"sefd", b"SEFH" + bytes(16) + b"SEFT")

_CASES: dict[str, Callable[[], Places]] = {
    "in its meta box": lambda: Places("idat"),
    "in its meta box, in three shuffled parts": lambda: Places("idat", (2, 0, 1)),
    "in five shuffled parts": lambda: Places("mdat", (4, 2, 0, 1, 3)),
    "before its meta box": lambda: Places("mdat before meta"),
    "in a box of 64 bits": lambda: Places("mdat of 64 bits", version=2, wide=True),
    "in a box up to the end": lambda: Places("mdat to the end", version=0),
    "and a phone's own box": lambda: Places("mdat", behind=_SAMSUNG),
    "and a phone's own box in its last one": lambda: Places("mdat to the end", behind=_SAMSUNG),
    "and a video": lambda: Places("mdat", behind=b"\x7f\xff\xff\xffmpvd" + _VIDEO),
    "and a JPEG": lambda: Places("mdat", behind=jpeg()),
    "and a HEIC": lambda: Places("mdat", behind=heic("plain")),
    "and zeros": lambda: Places("mdat", behind=bytes(70_000)),
}


def _made(plain: Callable[[], bytes], places: Callable[[], Places]) -> bytes:
    return scattered(parts_of(plain()), places())


BOXES = tuple(
    Specimen(f"{form} {name}", partial(_made, plain, places), f"image/{form.lower()}")
    for form, plain in (
        ("AVIF", lambda: saved(chart(), "AVIF", quality=95)),
        ("HEIC", lambda: heic("plain")),
    )
    for name, places in _CASES.items()
)
