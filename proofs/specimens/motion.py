"""GIF and PNG animations put together block by block."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from PIL import Image

from proofs.specimens import SIZE, Specimen, frames, saved
from proofs.specimens.colours import chunk

__all__ = ["MOTION", "Cel", "apng", "gif"]

Size = tuple[int, int]


@dataclass(frozen=True)
class Cel:
    """One frame of an animation."""

    image: Image.Image
    at: tuple[int, int] = (0, 0)
    delay: tuple[int, int] = (8, 100)
    """Seconds, as a fraction; of a GIF only the hundredths."""
    disposal: int = 0
    transparent: int | None = None
    """The index in the image's palette that leaves what was there in a GIF."""
    over: bool = False
    """Whether a frame of an APNG is laid over what is there."""


def gif(size: Size, *cels: Cel, loops: int | None = 0, background: int = 0) -> bytes:
    """A GIF whose frames have their own palettes, its background colour red."""
    screen = struct.pack("<HHBBB", *size, 0x80, background, 0) + b"\xff\0\0\0\0\xff"
    looping = b""
    if loops is not None:
        looping = b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", loops) + b"\0"
    return b"GIF89a" + screen + looping + b"".join(map(_gif_frame, cels)) + b";"


def _gif_frame(cel: Cel) -> bytes:
    palette = cel.image.getpalette("RGB") or []
    table = bytes(palette[:768]).ljust(768, b"\0")
    alone = saved(cel.image, "GIF", optimize=False)
    start = 13 + (3 << (alone[10] & 7) + 1 if alone[10] & 0x80 else 0)
    while alone[start] != 0x2C:
        start += 2
        while alone[start]:
            start += alone[start] + 1
        start += 1
    data = start + 10 + (3 << (alone[start + 9] & 7) + 1 if alone[start + 9] & 0x80 else 0)
    flags = cel.disposal << 2 | (cel.transparent is not None)
    control = struct.pack("<BHBB", flags, cel.delay[0], cel.transparent or 0, 0)
    interlaced = alone[start + 9] & 0x40
    place = struct.pack("<HHHHB", *cel.at, *cel.image.size, 0x87 | interlaced)
    return b"\x21\xf9\x04" + control + b"\x2c" + place + table + alone[data:-1]


def apng(size: Size, *cels: Cel, loops: int = 0, hidden: Image.Image | None = None) -> bytes:
    """An APNG of RGBA frames, with a hidden picture for other programs if there is one."""
    header = struct.pack(">IIBBBBB", *size, 8, 6, 0, 0, 0)
    written = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    written += chunk(b"acTL", struct.pack(">II", len(cels), loops))
    if hidden is not None:
        written += chunk(b"IDAT", _rows(hidden))
    sequence = 0
    for number, cel in enumerate(cels):
        place = struct.pack(">5I", sequence, *cel.image.size, *cel.at)
        written += chunk(b"fcTL", place + struct.pack(">HHBB", *cel.delay, cel.disposal, cel.over))
        sequence += 1
        if number == 0 and hidden is None:
            written += chunk(b"IDAT", _rows(cel.image))
        else:
            written += chunk(b"fdAT", struct.pack(">I", sequence) + _rows(cel.image))
            sequence += 1
    return written + chunk(b"IEND", b"")


def _rows(image: Image.Image) -> bytes:
    pixels = image.convert("RGBA").tobytes()
    width = 4 * image.width
    return zlib.compress(
        b"".join(b"\0" + pixels[at : at + width] for at in range(0, len(pixels), width))
    )


def _shown(delay: tuple[int, int] = (8, 100)) -> tuple[Cel, ...]:
    return tuple(Cel(frame.convert("RGB").quantize(8), delay=delay) for frame in frames())


MOTION = (
    Specimen(
        "GIF of 65,535 repetitions",
        lambda: gif(SIZE, *_shown(), loops=65_535),
        "image/gif",
        frames=3,
    ),
    Specimen(
        "GIF cleared to its background",
        lambda: gif(SIZE, *(Cel(cel.image, disposal=2) for cel in _shown())),
        "image/gif",
        frames=3,
    ),
    Specimen(
        "GIF smaller than its canvas",
        lambda: gif((SIZE[0] + 2, SIZE[1] + 2), Cel(_shown()[0].image)),
        "image/gif",
        size=(SIZE[0] + 2, SIZE[1] + 2),
        alpha=True,
    ),
    Specimen(
        "APNG with a hidden picture",
        lambda: apng(SIZE, *map(Cel, frames()), hidden=Image.new("RGB", SIZE)),
        "image/png",
        frames=3,
    ),
    Specimen(
        "APNG of delays beyond WebP's",
        lambda: apng(SIZE, *_shown((65_535, 1)), loops=2**31),
        "image/png",
        frames=3,
    ),
)
