"""Bitmaps of every layout of bits, written from the format's definition."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import partial

from proofs.specimens import CHART, SIZE, Specimen, chart, jpeg, saved

__all__ = ["BITMAPS", "UNREAD_BITMAPS", "masked", "written"]

_BLACK_FIRST = (CHART[0], CHART[1], CHART[0], CHART[1])
_RGB, _RLE8, _RLE4, _BITFIELDS, _JPEG, _PNG, _ALPHA_BITFIELDS, _CMYK = 0, 1, 2, 3, 4, 5, 6, 11


def written(
    pixels: bytes,
    bits: int,
    *,
    header: int = 40,
    method: int = _RGB,
    palette: bytes = b"",
    colours: int = 0,
    masks: tuple[int, ...] = (),
    down: bool = False,
    size: tuple[int, int] = SIZE,
) -> bytes:
    """A bitmap with a header of this many bytes; masks stand behind one of 40."""
    width, height = size
    packed = struct.pack(f"<{len(masks)}I", *masks)
    if header == 12:
        head = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        upwards = -height if down else height
        head = struct.pack("<IiiHHI", header, width, upwards, 1, bits, method)
        head += struct.pack("<IiiII", len(pixels), 2835, 2835, colours, 0)
        head = head + packed if header == 40 else (head + packed).ljust(header, b"\0")
    start = 14 + len(head) + len(palette)
    return struct.pack("<2sIHHI", b"BM", start + len(pixels), 0, 0, start) + head + palette + pixels


def _quarter(x: int, y: int, size: tuple[int, int] = SIZE) -> int:
    return (x >= size[0] // 2) + 2 * (y >= size[1] // 2)


def _rows(bits: int, value: Callable[[int], int], size: tuple[int, int], *, down: bool) -> bytes:
    """Lines of pixels whose value follows from their quarter, each padded to four bytes."""
    width, height = size
    lines = {}
    for lower in (False, True):
        values = [value(_quarter(x, height * lower, size)) for x in range(width)]
        if bits < 8:
            number = 0
            for each in values:
                number = number << bits | each
            spare = -width * bits % 8
            line = (number << spare).to_bytes((width * bits + spare) // 8, "big")
        else:
            line = b"".join(each.to_bytes(bits // 8, "little") for each in values)
        lines[lower] = line + bytes(-len(line) % 4)
    order = range(height) if down else range(height - 1, -1, -1)
    return b"".join(lines[y >= height // 2] for y in order)


def _palette(entries: int, width: int = 4) -> bytes:
    colours = b"".join(bytes((b, g, r, 0))[:width] for r, g, b in CHART)
    return (colours + bytes(width * max(entries - 4, 0)))[: width * entries]


def _indexed(bits: int, entries: int, header: int = 40, *, down: bool = False) -> bytes:
    mask = (1 << bits) - 1
    return written(
        _rows(bits, lambda quarter: quarter & mask, SIZE, down=down),
        bits,
        header=header,
        palette=_palette(entries, 3 if header == 12 else 4),
        colours=0 if entries == 1 << bits else entries,
        down=down,
    )


def _without_alpha(quarter: int) -> int:
    return _packed(CHART[quarter], (0xFF0000, 0xFF00, 0xFF))


def _packed(colour: tuple[int, ...], masks: tuple[int, ...]) -> int:
    value = 0
    for mask, channel in zip(masks, (*colour, 255), strict=False):
        shift = (mask & -mask).bit_length() - 1
        value |= round(channel * (mask >> shift) / 255) << shift if mask else 0
    return value


def masked(
    bits: int,
    masks: tuple[int, ...],
    *,
    header: int = 108,
    method: int = _BITFIELDS,
    size: tuple[int, int] = SIZE,
    down: bool = False,
) -> bytes:
    """The chart with its channels where the masks are."""
    pixels = _rows(bits, lambda quarter: _packed(CHART[quarter], masks), size, down=down)
    return written(pixels, bits, header=header, method=method, masks=masks, size=size, down=down)


def _run_lengths(bits: int, *, literal: bool = False) -> bytes:
    """The chart in runs, or in literal stretches, of half a line each."""
    half = SIZE[0] // 2
    content = b""
    for y in range(SIZE[1] - 1, -1, -1):
        for x in (0, half):
            byte = _quarter(x, y) * (1 if bits == 8 else 17)
            if literal:
                content += bytes((0, half)) + bytes((byte,)) * (half * bits // 8)
            else:
                content += bytes((half, byte))
        content += b"\0\0"
    method = _RLE8 if bits == 8 else _RLE4
    return written(content + b"\0\1", bits, method=method, palette=_palette(1 << bits))


_MASKS: dict[str, tuple[int, tuple[int, ...]]] = {
    "5, 5 and 5 bits": (16, (0x7C00, 0x3E0, 0x1F)),
    "5, 6 and 5 bits": (16, (0xF800, 0x7E0, 0x1F)),
    "5, 6 and 5 bits, blue first": (16, (0x1F, 0x7E0, 0xF800)),
    "4 bits a channel": (16, (0xF00, 0xF0, 0xF)),
    "4 bits a channel and alpha": (16, (0xF00, 0xF0, 0xF, 0xF000)),
    "5 bits a channel and alpha": (16, (0x7C00, 0x3E0, 0x1F, 0x8000)),
    "8 bits a channel": (32, (0xFF0000, 0xFF00, 0xFF)),
    "8 bits a channel, red first": (32, (0xFF, 0xFF00, 0xFF0000)),
    "8 bits a channel, alpha first": (32, (0xFF000000, 0xFF0000, 0xFF00, 0xFF)),
    "8 bits a channel and alpha": (32, (0xFF0000, 0xFF00, 0xFF, 0xFF000000)),
    "10 bits a channel": (32, (0x3FF00000, 0xFFC00, 0x3FF)),
    "10 bits a channel and 2 of alpha": (32, (0x3FF00000, 0xFFC00, 0x3FF, 0xC0000000)),
}

BITMAPS = (
    *(
        Specimen(
            f"BMP of {bits} bits{', ' if name else ''}{name}",
            partial(_indexed, bits, entries, header),
            "image/bmp",
            CHART if bits > 1 else _BLACK_FIRST,
            tolerance=0.5,
        )
        for bits in (1, 4, 8)
        for name, entries, header in (
            ("", 1 << bits, 40),
            ("by OS/2", 1 << bits, 12),
            ("by OS/2 2.0", 1 << bits, 64),
            ("version 5", 1 << bits, 124),
        )
    ),
    Specimen("BMP of 8 bits in 4 colours", partial(_indexed, 8, 4), "image/bmp", tolerance=0.5),
    Specimen("BMP of 8 bits in 300 colours", partial(_indexed, 8, 300), "image/bmp", tolerance=0.5),
    Specimen(
        "BMP of 8 bits, top down", partial(_indexed, 8, 256, down=True), "image/bmp", tolerance=0.5
    ),
    *(
        Specimen(
            f"BMP of {bits} bits in {'literal' if literal else 'run'} lengths",
            partial(_run_lengths, bits, literal=literal),
            "image/bmp",
            tolerance=0.5,
        )
        for bits in (4, 8)
        for literal in (False, True)
    ),
    *(
        Specimen(
            f"BMP of {name}{', top down' if down else ''}",
            partial(masked, bits, masks, down=down),
            "image/bmp",
            tolerance=8.0 if bits == 16 else 1.5,
        )
        for name, (bits, masks) in _MASKS.items()
        for down in (False, True)
    ),
    Specimen(
        "BMP of four masks behind its header",
        partial(
            masked,
            *_MASKS["8 bits a channel and alpha"],
            header=40,
            method=_ALPHA_BITFIELDS,
        ),
        "image/bmp",
        tolerance=0.5,
    ),
    Specimen(
        "BMP of 32 bits with a fourth byte of 0",
        lambda: written(_rows(32, _without_alpha, SIZE, down=False), 32),
        "image/bmp",
        tolerance=0.5,
    ),
)

UNREAD_BITMAPS = tuple(
    Specimen(f"BMP of {name}", make, code="unsupported_format")
    for name, make in (
        ("a JPEG", lambda: written(jpeg(), 0, method=_JPEG)),
        ("a PNG", lambda: written(saved(chart(), "PNG"), 0, header=124, method=_PNG)),
        ("CMYK", lambda: written(bytes(4 * SIZE[0] * SIZE[1]), 32, method=_CMYK)),
        ("64 bits", lambda: written(bytes(8 * SIZE[0] * SIZE[1]), 64)),
        ("24 bits in OS/2's run lengths", lambda: written(bytes(99), 24, header=64, method=4)),
    )
)
