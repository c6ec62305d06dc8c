"""The frames of a GIF as browsers show them.

The canvas begins transparent, whatever background colour the file names; a frame is drawn on it,
clipped to it, and afterwards stays, is cleared to transparent, or gives way to what was there
before. Each frame's pixels are decoded by Pillow as a file of their own.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageFile

__all__ = ["Animation", "parse"]

Size = tuple[int, int]
Box = tuple[int, int, int, int]

_CLEAR = 2
_RESTORE = (3, 4)
"""Browsers take 4 for 3, as early encoders wrote it."""
_LOOPING = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_MOST_FRAMES = 100_000


@dataclass(frozen=True)
class Frame:
    """One image of the file, not decoded."""

    box: Box
    """Where it is drawn: left, top, right and bottom."""
    start: int
    """Of its image descriptor in the file."""
    end: int
    transparent: int | None
    """The colour index that leaves what was there."""
    disposal: int
    centiseconds: int


@dataclass(frozen=True)
class Animation:
    """A GIF's canvas and its frames."""

    data: bytes
    size: Size
    palette: bytes
    """That of frames without their own."""
    frames: tuple[Frame, ...]
    plays: int
    """How often it plays, 0 for ever."""

    def still(self) -> Image.Image:
        """The canvas after the first frame, in a palette where that is opaque and covers it.

        Raises what Pillow raises for damaged data.
        """
        first = self.frames[0]
        if first.transparent is None and first.box == (0, 0, *self.size):
            return self._decoded(first)
        canvas = Image.new("RGBA", self.size)
        self._draw(canvas, first)
        return canvas

    def images(self) -> Iterator[tuple[Image.Image, int]]:
        """The canvas in RGBA after each frame, and for how many milliseconds it is to be shown."""
        canvas = Image.new("RGBA", self.size)
        for frame in self.frames:
            before = canvas.copy() if frame.disposal in _RESTORE else None
            self._draw(canvas, frame)
            yield canvas.copy(), frame.centiseconds * 10
            if before is not None:
                canvas = before
            elif frame.disposal == _CLEAR:
                canvas.paste((0, 0, 0, 0), frame.box)

    def opened(self) -> ImageFile.ImageFile:
        """The first frame alone, not decoded yet. Raises `EOFError` for a file without frames."""
        if not self.frames:
            raise EOFError
        return self._alone(self.frames[0])

    def _decoded(self, frame: Frame) -> Image.Image:
        """A frame in palette indices; in L where the palette is that of greys or absent."""
        file = self._alone(frame)
        file.load()
        return file

    def _alone(self, frame: Frame) -> ImageFile.ImageFile:
        """A frame as a file of its own."""
        from PIL.GifImagePlugin import GifImageFile  # which only a GIF need wait for

        width, height = frame.box[2] - frame.box[0], frame.box[3] - frame.box[1]
        flags = 0x80 | len(self.palette).bit_length() - 3 if self.palette else 0  # 6 bytes are 0
        header = b"GIF89a" + struct.pack("<HHBBB", width, height, flags, 0, 0)
        descriptor = b"\x2c" + struct.pack("<HHHH", 0, 0, width, height)
        pixels = memoryview(self.data)[frame.start + 9 : frame.end]
        return GifImageFile(io.BytesIO(b"".join((header, self.palette, descriptor, pixels))))

    def _draw(self, canvas: Image.Image, frame: Frame) -> None:
        image = self._decoded(frame)
        if frame.transparent is None:
            canvas.paste(image.convert("RGBA"), frame.box[:2])
            return
        image.info["transparency"] = frame.transparent
        coloured = image.convert("RGBA")
        canvas.paste(coloured, frame.box[:2], coloured)


def parse(data: bytes) -> Animation:
    """The canvas and frames of a GIF, the last of which may be cut.

    A first frame larger than the canvas enlarges it. Raises `IndexError` and `struct.error` for a
    file that ends before its first frame.
    """
    width, height = struct.unpack_from("<HH", data, 6)
    flags = data[10]
    at = 13
    palette = b""
    if flags & 0x80:
        palette = data[at : at + (6 << (flags & 7))]
        at += 6 << (flags & 7)
    frames: list[Frame] = []
    loops: int | None = None
    control: tuple[int | None, int, int] = (None, 0, 0)
    while at < len(data) and data[at] != 0x3B and len(frames) < _MOST_FRAMES:
        if data[at] == 0x21:
            kind, block = data[at + 1 : at + 2], data[at + 3 : at + 18]
            if kind == b"\xf9" and len(block) >= 4:
                control = _control(block)
            elif kind == b"\xff" and block.startswith(_LOOPING) and loops is None:
                loops = _loops(block)
            at = _past_blocks(data, at + 2)
        elif data[at] == 0x2C and at + 10 <= len(data):
            left, top, across, down = struct.unpack_from("<HHHH", data, at + 1)
            start, local = at, data[at + 9]
            at = _past_blocks(data, at + 11 + (6 << (local & 7) if local & 0x80 else 0))
            if not frames:
                width, height = max(width, left + across), max(height, top + down)
            if across and down:
                box = (left, top, left + across, top + down)
                frames.append(Frame(box, start, at, *control))
            control = (None, 0, 0)
        else:
            at += 1
    plays = 1 if loops is None else loops + 1 if loops else 0  # the file counts repetitions
    return Animation(data, (width, height), palette, tuple(frames), plays)


def _control(block: bytes) -> tuple[int | None, int, int]:
    """The transparent index, disposal and delay that go for the next frame."""
    transparent = block[3] if block[0] & 1 else None
    return transparent, block[0] >> 2 & 7, int.from_bytes(block[1:3], "little")


def _loops(block: bytes) -> int | None:
    if len(block) < 15 or block[11] < 3 or block[12] & 7 != 1:
        return None
    return int.from_bytes(block[13:15], "little")


def _past_blocks(data: bytes, at: int) -> int:
    while at < len(data) and data[at]:
        at += data[at] + 1
    return at + 1
