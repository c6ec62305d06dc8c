"""The chart in colour spaces that files name in unusual ways."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from functools import partial

import pyvips
from PIL import Image

from proofs.specimens import (
    CHART,
    GREYS,
    SIZE,
    Colours,
    Specimen,
    chart,
    in_space,
    jpeg,
    saved,
    with_hole,
)
from proofs.specimens.heif import box, parts_of, put_together
from proofs.specimens.profiles import (
    ADOBE_RGB,
    D65,
    DISPLAY_P3,
    PROPHOTO,
    SRGB,
    Space,
    convert,
    inverse,
    rgb_profile,
    table_profile,
    times,
)

__all__ = ["COLOURS", "after_header", "bitmap", "chunk", "jpeg_with", "png_chunks"]

LINEAR = Space("linear sRGB", SRGB.red, SRGB.green, SRGB.blue, D65, 1.0)
GAMMA_18 = Space("gamma 1.8", SRGB.red, SRGB.green, SRGB.blue, D65, 1.8)
SWAPPED = Space("sRGB with red and green swapped", SRGB.green, SRGB.red, SRGB.blue, D65, 0.0)
REC_2020 = Space("Rec. 2020", (0.708, 0.292), (0.170, 0.797), (0.131, 0.046), D65, 0.0)
P3_LINEAR = Space("linear P3", DISPLAY_P3.red, DISPLAY_P3.green, DISPLAY_P3.blue, D65, 1.0)


def chunk(name: bytes, content: bytes, *, sound: bool = True) -> bytes:
    """A PNG's chunk, its checksum right or wrong."""
    check = zlib.crc32(name + content) ^ (0 if sound else 0xFFFF)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)


def after_header(data: bytes, *chunks: bytes) -> bytes:
    """A PNG with further chunks behind its header."""
    return data[:33] + b"".join(chunks) + data[33:]


def png_chunks(image: Image.Image, *chunks: bytes) -> bytes:
    """The picture as PNG with further chunks behind its header."""
    return after_header(saved(image, "PNG"), *chunks)


def gama(exponent: float) -> bytes:
    """A `gAMA` chunk."""
    return chunk(b"gAMA", struct.pack(">I", round(exponent * 100_000)))


def chrm(space: Space) -> bytes:
    """A `cHRM` chunk."""
    white = (0.3127, 0.3290)
    points = (white, space.red, space.green, space.blue)
    return chunk(
        b"cHRM", struct.pack(">8I", *(round(100_000 * value) for one in points for value in one))
    )


def cicp(primaries: int, transfer: int) -> bytes:
    """A `cICP` chunk."""
    return chunk(b"cICP", bytes((primaries, transfer, 0, 1)))


def iccp(space: Space) -> bytes:
    """An `iCCP` chunk."""
    return chunk(b"iCCP", b"icc\0\0" + zlib.compress(rgb_profile(space)))


def jpeg_with(image: Image.Image, *segments: tuple[int, bytes]) -> bytes:
    """The picture as JPEG with further segments behind its JFIF header."""
    data = jpeg(image)
    written = b"".join(
        b"\xff" + bytes((marker,)) + struct.pack(">H", 2 + len(content)) + content
        for marker, content in segments
    )
    return data[:20] + written + data[20:]


def icc_segment(number: int, of: int, part: bytes) -> tuple[int, bytes]:
    """A segment with a part of a profile."""
    return 0xE2, b"ICC_PROFILE\0" + bytes((number, of)) + part


def _jpeg_profile(*order: tuple[int, int, slice]) -> bytes:
    whole = rgb_profile(ADOBE_RGB)
    segments = [icc_segment(number, of, whole[part]) for number, of, part in order]
    return jpeg_with(in_space(ADOBE_RGB), *segments)


def bitmap(
    image: Image.Image,
    space: bytes,
    endpoints: bytes = bytes(36),
    gammas: bytes = bytes(12),
    embedded: bytes = b"",
) -> bytes:
    """A bitmap with a header of version 5."""
    plain = saved(image, "BMP")
    pixels = plain[54:]
    start = 124 + len(pixels) if embedded else 0
    header = struct.pack("<I", 124) + plain[18:54] + struct.pack("<4I", 0, 0, 0, 0)
    header += space + endpoints + gammas + struct.pack("<IIII", 4, start, len(embedded), 0)
    whole = 14 + len(header) + len(pixels) + len(embedded)
    return struct.pack("<2sIHHI", b"BM", whole, 0, 0, 138) + header + pixels + embedded


def _calibrated(space: Space) -> bytes:
    points = (space.red, space.green, space.blue)
    red, green, blue = ((x / y, 1.0, (1 - x - y) / y) for x, y in points)
    first, second, third = zip(red, green, blue, strict=True)
    amounts = times(inverse((first, second, third)), space.white)
    values = [
        amount * part
        for primary, amount in zip((red, green, blue), amounts, strict=True)
        for part in primary
    ]
    endpoints = struct.pack("<9i", *(round(value * 2**30) for value in values))
    gammas = struct.pack("<3I", *[round(space.gamma * 2**16)] * 3)
    return bitmap(in_space(space), bytes(4), endpoints, gammas)


def _luma_and_chroma(channels: Sequence[float]) -> tuple[int, int, int]:
    """The sRGB colour of Y, Cb and Cr, each 0 to 1."""
    luma, blue, red = channels[0], channels[1] - 0.5, channels[2] - 0.5
    colour = (luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue)
    first, second, third = (round(255 * min(max(value, 0.0), 1.0)) for value in colour)
    return first, second, third


def _ycc() -> bytes:
    """Luma and chroma where red, green and blue usually are, as color.org's sYCC profile has it."""
    image = Image.merge("RGB", chart().convert("YCbCr").split())
    table = table_profile(b"spac", b"RGB ", 3, 17, _luma_and_chroma)
    return saved(image, "PNG", icc_profile=table)


def _avif_coded(space: Space, primaries: int, transfer: int) -> bytes:
    parts = parts_of(saved(in_space(space), "AVIF", quality=95))
    coded = box(b"colr", b"nclx" + struct.pack(">HHHB", primaries, transfer, 6, 0x80))
    return put_together(parts, coded, without=(b"colr",))


def _sixteen_bits(space: Space, *chunks: bytes) -> bytes:
    """The chart in 16 bits a channel, which were never rounded to 8."""
    left, right = SIZE[0] // 2, SIZE[0] - SIZE[0] // 2
    rows = []
    for first, second in (CHART[:2], CHART[2:]):
        row = _levels(first, space) * left + _levels(second, space) * right
        rows.append(struct.pack(f"{len(row)}H", *row) * (SIZE[1] // 2))
    pixels = pyvips.Image.new_from_memory(b"".join(rows), *SIZE, 3, "ushort")
    data = pixels.copy(interpretation="rgb16").pngsave_buffer(bitdepth=16)
    return after_header(data, *chunks)


def _levels(colour: tuple[int, int, int], space: Space) -> list[int]:
    red, green, blue = (SRGB.decode(value / 255) for value in colour)
    light = times(inverse(space.to_d50()), times(SRGB.to_d50(), (red, green, blue)))
    return [round(65535 * space.encode(value)) for value in light]


def _png(name: str, space: Space, *chunks: bytes, colours: Colours = CHART) -> Specimen:
    make = partial(png_chunks, in_space(space), *chunks)
    return Specimen(f"PNG {name}", make, "image/png", colours, tolerance=4.0)


_WHOLE, _FIRST, _SECOND = slice(None), slice(None, 200), slice(200, None)

COLOURS = (
    Specimen(
        "JPEG profile twice", partial(_jpeg_profile, (1, 1, _WHOLE), (1, 1, _WHOLE)), "image/jpeg"
    ),
    Specimen(
        "JPEG profile in two parts, the second first",
        partial(_jpeg_profile, (2, 2, _SECOND), (1, 2, _FIRST)),
        "image/jpeg",
    ),
    Specimen(
        "JPEG profile in two parts, the first twice",
        partial(_jpeg_profile, (1, 2, _FIRST), (1, 2, _FIRST), (2, 2, _SECOND)),
        "image/jpeg",
    ),
    Specimen(
        "JPEG profile of which a part is missing",
        partial(_jpeg_profile, (1, 2, _FIRST)),
        "image/jpeg",
        tuple(convert(colour, SRGB, ADOBE_RGB) for colour in CHART),
    ),
    Specimen(
        "JPEG profile with the wrong number of parts",
        partial(_jpeg_profile, (1, 9, _WHOLE)),
        "image/jpeg",
    ),
    Specimen(
        "JPEG swapped primaries",
        lambda: jpeg(in_space(SWAPPED), icc_profile=rgb_profile(SWAPPED)),
        "image/jpeg",
    ),
    Specimen("PNG sYCC table profile", _ycc, "image/png", tolerance=6.0),
    _png("linear gamma", LINEAR, gama(1.0)),
    _png("gamma 1.8", GAMMA_18, gama(1 / 1.8)),
    _png("gamma of sRGB", SRGB, gama(0.45455)),
    _png("gamma 0", SRGB, gama(0.0)),
    _png(
        "linear gamma of which the checksum is wrong",
        SRGB,
        chunk(b"gAMA", struct.pack(">I", 100_000), sound=False),
    ),
    _png("gamma beside sRGB", SRGB, gama(1.0), chunk(b"sRGB", b"\0")),
    _png("chromaticities and gamma of P3", P3_LINEAR, gama(1.0), chrm(DISPLAY_P3)),
    _png("chromaticities alone", DISPLAY_P3, chrm(DISPLAY_P3)),
    _png("chromaticities of no colour", SRGB, gama(0.45455), chunk(b"cHRM", bytes(32))),
    _png(
        "chromaticities and sRGB's gamma, of Adobe RGB", ADOBE_RGB, gama(1 / 2.2), chrm(ADOBE_RGB)
    ),
    _png(
        "linear gamma beside a profile that is none",
        LINEAR,
        chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(500))),
        gama(1.0),
    ),
    Specimen(
        "PNG grey, linear gamma",
        lambda: png_chunks(in_space(LINEAR, GREYS).convert("L"), gama(1.0)),
        "image/png",
        GREYS,
        tolerance=4.0,
    ),
    Specimen(
        "PNG alpha, linear gamma",
        lambda: png_chunks(with_hole(in_space(LINEAR)), gama(1.0)),
        "image/png",
        tolerance=4.0,
        alpha=True,
    ),
    _png("code points of P3", DISPLAY_P3, cicp(12, 13)),
    _png("code points of Rec. 2020", REC_2020, cicp(9, 14)),
    _png("code points before a profile", DISPLAY_P3, iccp(ADOBE_RGB), cicp(12, 13)),
    _png("code points of sRGB before a profile", SRGB, iccp(ADOBE_RGB), cicp(1, 13)),
    _png("unknown code points before a profile", ADOBE_RGB, iccp(ADOBE_RGB), cicp(2, 2)),
    _png(
        "profile before sRGB and gamma",
        ADOBE_RGB,
        iccp(ADOBE_RGB),
        chunk(b"sRGB", b"\0"),
        gama(1.0),
    ),
    _png("code points of three bytes", SRGB, chunk(b"cICP", b"\x0c\x0d\0")),
    _png("code points of luma and chroma", SRGB, chunk(b"cICP", b"\x0c\x0d\1\1")),
    Specimen(
        "PNG profile and gamma behind the pixels",
        lambda: (
            saved(chart(), "PNG")[:-12] + iccp(ADOBE_RGB) + gama(1.0) + saved(chart(), "PNG")[-12:]
        ),
        "image/png",
    ),
    _png("two profiles", ADOBE_RGB, iccp(ADOBE_RGB), iccp(PROPHOTO)),
    Specimen("PNG 16 bits, linear gamma", partial(_sixteen_bits, LINEAR, gama(1.0)), "image/png"),
    Specimen(
        "PNG 16 bits, linear profile", partial(_sixteen_bits, LINEAR, iccp(LINEAR)), "image/png"
    ),
    Specimen(
        "BMP embedded profile",
        lambda: bitmap(in_space(ADOBE_RGB), b"DEBM", embedded=rgb_profile(ADOBE_RGB)),
        "image/bmp",
    ),
    Specimen("BMP calibrated", partial(_calibrated, ADOBE_RGB), "image/bmp"),
    Specimen("BMP calibrated by nothing", lambda: bitmap(chart(), bytes(4)), "image/bmp"),
    Specimen("BMP sRGB", lambda: bitmap(chart(), b"BGRs"), "image/bmp"),
    Specimen(
        "BMP embedded profile behind the end",
        lambda: bitmap(chart(), b"DEBM", embedded=rgb_profile(SRGB))[:-200],
        "image/bmp",
    ),
    Specimen(
        "AVIF code points of P3",
        partial(_avif_coded, DISPLAY_P3, 12, 13),
        "image/avif",
        tolerance=4.0,
    ),
    Specimen("AVIF code points of BT.709", partial(_avif_coded, SRGB, 1, 1), "image/avif"),
)
