"""TIFF files of every layout of samples, written from known values.

Each shows the chart in quarters. The writer follows the TIFF 6.0 specification and its BigTIFF
extension; it shares no code with a library, so that a library's mistakes cannot hide here.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

from PIL import Image, ImageCms

from proofs.specimens import CHART, GREYS, SIZE, Colours

__all__ = ["MATRIX", "OPACITIES", "Layout", "expected", "tagged", "tiff", "written"]

Photometric = Literal["white is zero", "black is zero", "RGB", "palette", "CMYK", "YCbCr", "Lab"]
Compression = Literal["none", "LZW", "deflate", "PackBits"]

_PHOTOMETRIC = {
    "white is zero": 0,
    "black is zero": 1,
    "RGB": 2,
    "palette": 3,
    "CMYK": 5,
    "YCbCr": 6,
    "Lab": 8,
}
_COMPRESSION = {"none": 1, "LZW": 5, "deflate": 8, "PackBits": 32773}
_CHANNELS = {"RGB": 3, "CMYK": 4, "YCbCr": 3, "Lab": 3}
_BYTE, _SHORT, _LONG, _LONG8 = 1, 3, 4, 16
_UNSIGNED, _SIGNED, _FLOAT = 1, 2, 3

Sample = float | int

OPACITIES = (1.0, 0.5, 1.0, 1.0)
"""Of the four quarters, in a layout with alpha."""


@dataclass(frozen=True)
class Layout:
    """How a TIFF stores its samples."""

    photometric: Photometric
    bits: int = 8
    form: int = _UNSIGNED
    """Of the samples: 1 unsigned, 2 signed, 3 floating point."""
    extra: tuple[int, ...] = ()
    """Samples beyond the colour: 0 unspecified, 1 premultiplied alpha, 2 alpha."""
    planar: bool = False
    compression: Compression = "none"
    predictor: int = 1
    order: str = "<"
    big: bool = False
    tiled: bool = False
    subsampling: int = 1
    """Of chroma, in both directions."""
    small_map: bool = False
    """A colour map of values up to 255 instead of 65,535."""

    def __str__(self) -> str:
        form = {1: "", 2: " signed", 3: " float"}[self.form]
        return " ".join(
            part
            for part in (
                self.photometric,
                f"{self.bits} bits{form}",
                f"extra {self.extra}" if self.extra else "",
                "planes" if self.planar else "",
                self.compression,
                f"predictor {self.predictor}" if self.predictor > 1 else "",
                "little" if self.order == "<" else "big endian",
                "BigTIFF" if self.big else "",
                "tiles" if self.tiled else "",
                f"subsampled {self.subsampling}" if self.subsampling > 1 else "",
                "small map" if self.small_map else "",
            )
            if part
        )

    @property
    def samples(self) -> int:
        """Per pixel."""
        return _CHANNELS.get(self.photometric, 1) + len(self.extra)

    @property
    def conventional(self) -> bool:
        """Whether the format leaves open what the samples mean."""
        return self.photometric == "CMYK" or self.form == _FLOAT or 0 in self.extra

    @property
    def grey(self) -> bool:
        """Whether it has no colours."""
        return self.photometric in ("white is zero", "black is zero")


def expected(layout: Layout) -> Colours:
    """The quarters' colours, as far as the layout's bits can hold them."""
    colours = GREYS if layout.grey else CHART
    steps = (1 << layout.bits) - 1
    if layout.bits >= 8 or layout.photometric == "palette":
        return colours
    return tuple(
        (_rounded(red, steps), _rounded(green, steps), _rounded(blue, steps))
        for red, green, blue in colours
    )


def _rounded(value: int, steps: int) -> int:
    return round(round(value * steps / 255) * 255 / steps)


def tiff(layout: Layout, size: tuple[int, int] = SIZE) -> bytes:
    """The chart in that layout."""
    quarters = [_samples(layout, number) for number in range(4)]
    return written(layout, quarters, size)


def written(layout: Layout, quarters: Sequence[Sequence[Sample]], size: tuple[int, int]) -> bytes:
    """A file whose four quarters have the given samples."""
    width, height = size
    side = (16, 16) if layout.tiled else (width, 16 if height % 16 == 0 else height)
    planes = layout.samples if layout.planar else 1
    blocks = [
        _compressed(_block(layout, quarters, size, (left, top), side, plane), layout)
        for plane in range(planes)
        for top in range(0, height, side[1])
        for left in range(0, width, side[0])
    ]
    tags: dict[int, tuple[int, Sequence[int]]] = {
        256: (_LONG, (width,)),
        257: (_LONG, (height,)),
        258: (_SHORT, (layout.bits,) * layout.samples),
        259: (_SHORT, (_COMPRESSION[layout.compression],)),
        262: (_SHORT, (_PHOTOMETRIC[layout.photometric],)),
        274: (_SHORT, (1,)),
        277: (_SHORT, (layout.samples,)),
        284: (_SHORT, (2 if layout.planar else 1,)),
        317: (_SHORT, (layout.predictor,)),
        339: (_SHORT, (layout.form,) * layout.samples),
    }
    if layout.extra:
        tags[338] = (_SHORT, layout.extra)
    if layout.photometric == "palette":
        tags[320] = (_SHORT, _colour_map(layout))
    if layout.photometric == "YCbCr":
        tags[530] = (_SHORT, (layout.subsampling, layout.subsampling))
    if layout.tiled:
        tags[322], tags[323] = (_LONG, (side[0],)), (_LONG, (side[1],))
    else:
        tags[278] = (_LONG, (side[1],))
    return _assembled(layout, tags, blocks)


def _samples(layout: Layout, number: int) -> list[Sample]:
    red, green, blue = (GREYS if layout.grey else CHART)[number]
    fractions: list[float]
    match layout.photometric:
        case "black is zero":
            fractions = [red / 255]
        case "white is zero":
            fractions = [1 - red / 255]
        case "palette":
            return [number, *(round(OPACITIES[number] * 255) for _ in layout.extra)]
        case "CMYK":
            fractions = [1 - red / 255, 1 - green / 255, 1 - blue / 255, 0.0]
        case "YCbCr":
            luma = 0.299 * red + 0.587 * green + 0.114 * blue
            fractions = [
                luma / 255,
                (128 + 0.564 * (blue - luma)) / 255,
                (128 + 0.713 * (red - luma)) / 255,
            ]
        case "Lab":
            return [*_lab((red, green, blue), layout), *(_full(layout) for _ in layout.extra)]
        case _:
            fractions = [red / 255, green / 255, blue / 255]
    full = _full(layout)
    opacity = OPACITIES[number]
    if layout.extra == (1,):
        fractions = [fraction * opacity for fraction in fractions]
    fractions += [opacity if kind in (1, 2) else 0.5 for kind in layout.extra]
    return [
        fraction * full if layout.form == _FLOAT else round(fraction * full)
        for fraction in fractions
    ]


def _full(layout: Layout) -> Sample:
    if layout.form == _FLOAT:
        return 1.0
    return (1 << (layout.bits - (layout.form == _SIGNED))) - 1


def _lab(colour: tuple[int, int, int], layout: Layout) -> list[Sample]:
    transform = ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
    )
    converted = ImageCms.applyTransform(Image.new("RGB", (1, 1), colour), transform)
    assert converted is not None
    light, first, second = converted.getpixel((0, 0))  # type: ignore[misc]
    if layout.bits == 8:
        return [light, (first - 128) % 256, (second - 128) % 256]
    return [light * 257, (first - 128) * 256 % 65536, (second - 128) * 256 % 65536]


def _colour_map(layout: Layout) -> list[int]:
    scale = 1 if layout.small_map else 257
    entries = 1 << layout.bits
    return [
        CHART[number][channel] * scale if number < 4 else 0
        for channel in range(3)
        for number in range(entries)
    ]


def _block(
    layout: Layout,
    quarters: Sequence[Sequence[Sample]],
    size: tuple[int, int],
    start: tuple[int, int],
    side: tuple[int, int],
    plane: int,
) -> bytes:
    rows: dict[bool, bytes] = {}
    content = []
    step = layout.subsampling
    for y in range(start[1], start[1] + side[1], step):
        lower = y >= size[1] // 2
        if lower not in rows:
            rows[lower] = _row(
                layout, quarters[2 * lower : 2 * lower + 2], size, start, side, plane
            )
        content.append(rows[lower])
    return b"".join(content)


def _row(
    layout: Layout,
    halves: Sequence[Sequence[Sample]],
    size: tuple[int, int],
    start: tuple[int, int],
    side: tuple[int, int],
    plane: int,
) -> bytes:
    values: list[Sample] = []
    step = layout.subsampling
    for x in range(start[0], start[0] + side[0], step):
        pixel = halves[x >= size[0] // 2]
        if layout.planar:
            values.append(pixel[plane])
        else:
            values.extend([pixel[0]] * (step * step) + list(pixel[1:]))
    return _packed(_predicted(values, layout), layout)


def _predicted(values: list[Sample], layout: Layout) -> list[Sample]:
    if layout.predictor != 2:
        return values
    stride = 1 if layout.planar else layout.samples
    mask = (1 << layout.bits) - 1
    return [
        value if at < stride else (int(value) - int(values[at - stride])) & mask
        for at, value in enumerate(values)
    ]


def _packed(values: list[Sample], layout: Layout) -> bytes:
    if layout.form == _FLOAT:
        if layout.predictor == 3:
            return _byte_planes(values, layout)
        letter = {16: "e", 32: "f", 64: "d"}[layout.bits]
        return struct.pack(f"{layout.order}{len(values)}{letter}", *values)
    if layout.bits in (8, 16, 32, 64):
        letter = {8: "B", 16: "H", 32: "I", 64: "Q"}[layout.bits]
        mask = (1 << layout.bits) - 1
        return struct.pack(
            f"{layout.order}{len(values)}{letter}", *(int(value) & mask for value in values)
        )
    number = 0
    for value in values:
        number = number << layout.bits | int(value)
    count = layout.bits * len(values)
    number <<= -count % 8
    return number.to_bytes(-(-count // 8), "big")


def _byte_planes(values: list[Sample], layout: Layout) -> bytes:
    """The floating point predictor: bytes of equal weight together, then their differences."""
    letter = {16: "e", 32: "f", 64: "d"}[layout.bits]
    size = layout.bits // 8
    packed = struct.pack(f">{len(values)}{letter}", *values)
    planes = b"".join(packed[weight::size] for weight in range(size))
    stride = 1 if layout.planar else layout.samples
    return bytes(
        byte if at < stride else (byte - planes[at - stride]) & 255
        for at, byte in enumerate(planes)
    )


def _compressed(content: bytes, layout: Layout) -> bytes:
    match layout.compression:
        case "deflate":
            return zlib.compress(content)
        case "PackBits":
            return b"".join(
                bytes((len(part) - 1,)) + part
                for part in (content[at : at + 128] for at in range(0, len(content), 128))
            )
        case "LZW":
            return _lzw(content)
        case _:
            return content


def _lzw(content: bytes) -> bytes:
    """Codes of nine bits throughout: the table is cleared before it needs more."""
    codes = []
    for at, byte in enumerate(content):
        if at % 250 == 0:
            codes.append(256)
        codes.append(byte)
    codes.append(257)
    bits = "".join(f"{code:09b}" for code in codes)
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _assembled(
    layout: Layout, tags: dict[int, tuple[int, Sequence[int]]], blocks: list[bytes]
) -> bytes:
    order, offset = layout.order, "Q" if layout.big else "I"
    kind = _LONG8 if layout.big else _LONG
    head = 16 if layout.big else 8
    content = bytearray(head)
    offsets = []
    for block in blocks:
        content += bytes(-len(content) % 8)
        offsets.append(len(content))
        content += block
    where, lengths = (324, 325) if layout.tiled else (273, 279)
    tags = dict(tags) | {where: (kind, offsets), lengths: (kind, [len(block) for block in blocks])}
    letters = {_BYTE: "B", _SHORT: "H", _LONG: "I", _LONG8: "Q"}
    inline = 8 if layout.big else 4
    entries = []
    for tag in sorted(tags):
        form, values = tags[tag]
        packed = struct.pack(f"{order}{len(values)}{letters[form]}", *values)
        if len(packed) > inline:
            content += bytes(-len(content) % 8)
            at = len(content)
            content += packed
            packed = struct.pack(f"{order}{offset}", at)
        entries.append(
            struct.pack(f"{order}HH{offset}", tag, form, len(values)) + packed.ljust(inline, b"\0")
        )
    content += bytes(-len(content) % 8)
    first = len(content)
    content += struct.pack(f"{order}{'Q' if layout.big else 'H'}", len(entries))
    content += b"".join(entries) + bytes(inline)
    mark = b"II" if order == "<" else b"MM"
    if layout.big:
        content[:16] = mark + struct.pack(f"{order}HHHQ", 43, 8, 0, first)
    else:
        content[:8] = mark + struct.pack(f"{order}HI", 42, first)
    return bytes(content)


def _matrix() -> Iterator[Layout]:
    grey: tuple[Photometric, ...] = ("white is zero", "black is zero")
    bases = [
        *(Layout(kind, bits) for kind in grey for bits in (1, 2, 4, 8, 12, 16, 32, 64)),
        *(Layout(kind, bits, _SIGNED) for kind in grey for bits in (8, 16, 32)),
        *(Layout(kind, bits, _FLOAT) for kind in grey for bits in (16, 32, 64)),
        *(
            Layout(kind, bits, extra=(extra,))
            for kind in grey
            for bits in (8, 16, 32)
            for extra in (0, 1, 2)
        ),
        *(Layout("RGB", bits) for bits in (1, 2, 4, 8, 12, 16, 32, 64)),
        *(Layout("RGB", bits, _SIGNED) for bits in (8, 16)),
        *(Layout("RGB", bits, _FLOAT) for bits in (16, 32, 64)),
        *(Layout("RGB", bits, extra=(extra,)) for bits in (8, 12, 16, 32) for extra in (0, 1, 2)),
        *(Layout("RGB", bits, extra=(2, 0)) for bits in (8, 16)),
        Layout("RGB", 32, _FLOAT, extra=(2,)),
        *(
            Layout("palette", bits, small_map=small)
            for bits in (2, 4, 8)
            for small in (False, True)
        ),
        Layout("palette", 8, extra=(2,)),
        *(Layout("CMYK", bits) for bits in (8, 16)),
        *(Layout("CMYK", bits, extra=(extra,)) for bits in (8, 16) for extra in (0, 1, 2)),
        *(Layout("YCbCr", 8, subsampling=step) for step in (1, 2, 4)),
        *(Layout("Lab", bits) for bits in (8, 16)),
        Layout("Lab", 8, extra=(2,)),
    ]
    compressions: tuple[Compression, ...] = ("none", "LZW", "deflate", "PackBits")
    for base in bases:
        for planar, compression, order, big in product(
            (False, True), compressions, "<>", (False, True)
        ):
            if planar and (base.samples == 1 or base.subsampling > 1):
                continue
            if big and compression not in ("none", "deflate"):
                continue
            yield replace(base, planar=planar, compression=compression, order=order, big=big)
        for order in "<>":
            yield replace(base, tiled=True, compression="deflate", order=order)
            if base.form == _FLOAT:
                yield replace(base, predictor=3, compression="deflate", order=order)
            elif (
                base.bits in (8, 16, 32) and base.subsampling == 1 and base.photometric != "palette"
            ):
                yield replace(base, predictor=2, compression="LZW", order=order)
                if base.samples > 1:
                    yield replace(
                        base, predictor=2, compression="deflate", order=order, planar=True
                    )


MATRIX = tuple(_matrix())
"""Photometric interpretation x bits x planes x compression x byte order, and tiles."""


def tagged(data: bytes, changes: Mapping[int, int | tuple[int, int]]) -> bytes:
    """A classic TIFF with other values; a pair of a tag and a count renames the entry instead."""
    changed = bytearray(data)
    order = "<" if data[:2] == b"II" else ">"
    (first,) = struct.unpack_from(f"{order}I", data, 4)
    (entries,) = struct.unpack_from(f"{order}H", data, first)
    places = {
        struct.unpack_from(f"{order}H", data, at)[0]: at
        for at in range(first + 2, first + 2 + 12 * entries, 12)
    }
    for tag, change in changes.items():
        if isinstance(change, tuple):
            struct.pack_into(f"{order}H", changed, places[tag], change[0])
            struct.pack_into(f"{order}I", changed, places[tag] + 4, change[1])
        else:
            struct.pack_into(f"{order}HII", changed, places[tag] + 2, _LONG, 1, change)
    return bytes(changed)
