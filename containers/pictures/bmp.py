"""BMP: which layouts are read, and those of freely placed bits, which Pillow does not know."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageFile

from pictures.limits import UnreadableError

__all__ = ["BmpFile", "Layout", "layout_of", "pixels"]

_HEADER = 14
_OLDEST = 12
_RGB, _RLE8, _RLE4, _BITFIELDS, _JPEG, _PNG, _ALPHA_BITFIELDS = range(7)
_BITS = {
    _RGB: (1, 4, 8, 16, 24, 32),
    _RLE8: (8,),
    _RLE4: (4,),
    _BITFIELDS: (16, 24, 32),
    _ALPHA_BITFIELDS: (16, 32),
}
_NAMES = {_JPEG: "a JPEG inside a BMP", _PNG: "a PNG inside a BMP", 11: "a BMP in CMYK"}
_LONGEST_MASKED = 52


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a bitmap stores its pixels."""

    size: tuple[int, int]
    bits: int
    """Of a pixel."""
    method: int
    """Of compression."""
    masks: tuple[int, ...] | None
    """Which bits are red, green, blue and alpha, if the file says so."""
    top_down: bool
    start: int
    """Where the pixels are in the file."""

    @property
    def for_pillow(self) -> bool:
        """Whether Pillow knows these masks: whole bytes, or the two usual layouts of 16 bits."""
        if self.masks is None or self.bits == 24:
            return True
        if self.method == _ALPHA_BITFIELDS:
            return False
        if self.bits == 16:
            usual = ((0xF800, 0x7E0, 0x1F), (0x7C00, 0x3E0, 0x1F))
            return self.masks[:3] in usual and not any(self.masks[3:])
        return self.masks[:3] == (0xFF0000, 0xFF00, 0xFF) and (
            *self.masks,
            0,
        )[3] in (0, 0xFF000000)


def layout_of(data: bytes) -> Layout:
    """The layout of a bitmap, by its headers alone.

    Raises `UnreadableError` with `unsupported_format`, naming it, for a layout that is not read.
    """
    (start,) = struct.unpack_from("<I", data, 10)
    (length,) = struct.unpack_from("<I", data, _HEADER)
    if length == _OLDEST:
        width, height, _, bits = struct.unpack_from("<HHHH", data, _HEADER + 4)
        method = _RGB
    else:
        width, height, _, bits, method = struct.unpack_from("<iiHHI", data, _HEADER + 4)
    name = _NAMES.get(method, f"a BMP of {bits} bits per pixel, compression {method}")
    os2 = length == 64 and method in (_BITFIELDS, _JPEG)  # other methods with the same numbers
    if os2 or bits not in _BITS.get(method, ()):
        raise UnreadableError("unsupported_format", f"this is {name}; save it as PNG or JPEG")
    masks = None
    if method in (_BITFIELDS, _ALPHA_BITFIELDS):
        count = 4 if length > _LONGEST_MASKED or method == _ALPHA_BITFIELDS else 3
        masks = struct.unpack_from(f"<{count}I", data, _HEADER + 40)
    return Layout(
        size=(width, abs(height)),
        bits=bits,
        method=method,
        masks=masks,
        top_down=height < 0,
        start=start,
    )


class BmpFile(ImageFile.ImageFile):
    """A file whose pixels `pixels` will read; it only has a size here."""

    format = "BMP by its masks"

    def _open(self) -> None:
        self._size = layout_of(b"" if self.fp is None else self.fp.read(256)).size
        self._mode = "RGB"


def pixels(data: bytes, layout: Layout) -> Image.Image:
    """The picture in RGB or RGBA by its masks, whatever bits they are.

    Raises `struct.error` for a file without all of its pixels.
    """
    import pyvips  # takes 30 ms to load, which few bitmaps need wait for

    width, height = layout.size
    stride = (width * layout.bits + 31) // 32 * 4
    stored = data[layout.start : layout.start + stride * height]
    if len(stored) < stride * height:
        raise struct.error("pixels are missing")
    form = "ushort" if layout.bits == 16 else "uint"
    image: Any = pyvips.Image.new_from_memory(
        stored, stride * 8 // layout.bits, height, 1, form
    ).crop(0, 0, width, height)
    if not layout.top_down:
        image = image.flipver()
    bands = [_channel(image, mask) for mask in layout.masks or () if mask]
    if len(bands) not in (3, 4):
        raise UnreadableError(
            "unsupported_format", "this is a BMP without all three colours; save it as PNG or JPEG"
        )
    joined = bands[0].bandjoin(bands[1:])
    mode = "RGB" if len(bands) == 3 else "RGBA"
    return Image.frombytes(mode, (width, height), joined.write_to_memory())


def _channel(image: Any, mask: int) -> Any:
    """The bits of a mask, spread to the range of a byte."""
    shift = (mask & -mask).bit_length() - 1
    highest = mask >> shift
    field = (image.cast("double") / float(1 << shift)).floor() % float(highest + 1)
    return (field * (255 / highest)).rint().cast("uchar")
