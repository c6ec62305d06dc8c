"""The frames of an animated PNG as browsers show them.

The canvas begins transparent; a frame replaces what is below it or is laid over it, and afterwards
stays, is cleared to transparent, or gives way to what was there before. Each frame's pixels are
decoded as a picture of their own.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from PIL import Image

__all__ = ["Animation", "Frame", "parse"]

Size = tuple[int, int]

_CLEAR, _RESTORE = 1, 2
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Frame:
    """One image of the file, not decoded."""

    size: Size
    at: tuple[int, int]
    """The left and top edge on the canvas."""
    milliseconds: float
    disposal: int
    over: bool
    """Whether it is laid over what is there, rather than replaces it."""
    parts: list[tuple[int, int]] = field(default_factory=list)
    """Where its compressed rows are in the file."""


@dataclass(frozen=True)
class Animation:
    """An animated PNG's canvas and its frames."""

    data: bytes
    size: Size
    colours: bytes
    """The chunks that all frames share: palette and transparency."""
    frames: tuple[Frame, ...]
    plays: int
    """How often it plays, 0 for ever."""
    hidden: bool
    """Whether the still picture is no part of the animation."""

    def still(self) -> Image.Image:
        """The canvas after the first frame. Raises what the decoder raises for damaged data."""
        first = self.frames[0]
        if first.size == self.size:
            return self._decoded(first)
        canvas = Image.new("RGBA", self.size)
        canvas.paste(self._decoded(first).convert("RGBA"), first.at)
        return canvas

    def images(self) -> Iterator[tuple[Image.Image, float]]:
        """The canvas in RGBA after each frame, and for how many milliseconds it is to be shown."""
        canvas = Image.new("RGBA", self.size)
        for frame in self.frames:
            before = canvas.copy() if frame.disposal == _RESTORE else None
            image = self._decoded(frame).convert("RGBA")
            if frame.over:
                canvas.alpha_composite(image, frame.at)
            else:
                canvas.paste(image, frame.at)
            yield canvas.copy(), frame.milliseconds
            if before is not None:
                canvas = before
            elif frame.disposal == _CLEAR:
                left, top = frame.at
                canvas.paste((0, 0, 0, 0), (left, top, left + frame.size[0], top + frame.size[1]))

    def _decoded(self, frame: Frame) -> Image.Image:
        from pictures import png  # libvips takes 30 ms to load, which only a PNG need wait for

        header = _chunk(b"IHDR", struct.pack(">II", *frame.size) + self.data[24:29])
        whole = memoryview(self.data)
        rows: list[bytes | memoryview] = [whole[start:end] for start, end in frame.parts]
        check = zlib.crc32(b"IDAT")
        for part in rows:
            check = zlib.crc32(part, check)
        pixels = [struct.pack(">I4s", sum(map(len, rows)), b"IDAT"), *rows]
        end = struct.pack(">I", check) + _chunk(b"IEND", b"")
        file = b"".join([_SIGNATURE, header, self.colours, *pixels, end])
        return png.pixels(file, frame.size)


def _chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(content, zlib.crc32(name))
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)


def parse(data: bytes) -> Animation | None:
    """The canvas and frames of a PNG; None for one that is not animated.

    Expects chunks that fit together, as `pictures.metadata.separate` leaves them. Of a file that is
    cut, the whole frames.
    """
    width, height = struct.unpack_from(">II", data, 16)
    frames: list[Frame] = []
    loops: int | None = None
    hidden = False
    colours = b""
    at = 8
    while at + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        start, end = at + 8, at + 8 + length
        at = end + 4
        if at > len(data):
            break
        if name == b"acTL":
            (loops,) = struct.unpack_from(">I", data, start + 4)
        elif name in (b"PLTE", b"tRNS"):
            colours += data[start - 8 : at]
        elif name == b"fcTL":
            frames.append(_frame(data, start))
        elif name == b"IDAT":
            if loops is None:
                return None
            if frames:
                frames[-1].parts.append((start, end))
            hidden = not frames
        elif name == b"fdAT" and frames:
            frames[-1].parts.append((start + 4, end))
    whole = tuple(frame for frame in frames if frame.parts)
    if loops is None or not whole:
        return None
    return Animation(data, (width, height), colours, whole, loops, hidden)


def _frame(data: bytes, start: int) -> Frame:
    width, height, left, top, above, below = struct.unpack_from(">4IHH", data, start + 4)
    disposal, blend = data[start + 24], data[start + 25]
    return Frame(
        size=(width, height),
        at=(left, top),
        milliseconds=1000 * above / (below or 100),
        disposal=disposal,
        over=blend == 1,
    )
