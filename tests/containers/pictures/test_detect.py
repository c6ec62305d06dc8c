"""Pictures and files of other formats are named in the refusal."""

from __future__ import annotations

import gzip
import io
import random
import struct
import zlib

import pytest
from PIL import Image

from pictures.kinds import identify
from pictures.limits import UnreadableError
from pictures.reading import Limits, read
from proofs.specimens import CHART, chart, png_with, saved
from proofs.specimens.profiles import difference

LIMITS = Limits.for_memory(1769)


def refusal(data: bytes) -> UnreadableError:
    with pytest.raises(UnreadableError) as refused:
        read(data, LIMITS, lambda size: size)
    assert "damaged" not in str(refused.value)
    return refused.value


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("TGA", "Targa"),
        ("PPM", "Netpbm"),
        ("PCX", "PCX"),
        ("SGI", "SGI"),
        ("ICNS", "ICNS"),
        ("ICO", "icon"),
        ("EPS", "PostScript"),
        ("PDF", "PDF"),
        ("JPEG2000", "JPEG 2000"),
        ("DDS", "DirectDraw"),
        ("QOI", "QOI"),
    ],
)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_pictures_of_other_formats_are_named(form: str, name: str, mode: str) -> None:
    if (form, mode) in (("ICNS", "L"), ("QOI", "L")):
        pytest.skip("does not exist")
    error = refusal(saved(chart(size=(64, 64)).convert(mode), form))
    assert error.code == "unsupported_format"
    assert name in str(error)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"8BPS\0\1" + bytes(99), "Photoshop"),
        (b"\xff\x0a" + bytes(99), "JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(99), "JPEG XL"),
        (b"\0\0\0\x18ftypqt  " + bytes(99), "video"),
        (b"\0\0\0\x18ftypisom" + bytes(99), "video"),
        (b"\0\0\0\x18ftypXAVC" + bytes(99), "video"),
        (b"\x1a\x45\xdf\xa3" + bytes(99), "video"),
        (b"RIFF\0\0\0\0AVI LIST" + bytes(99), "video"),
        (b"P5\n# made by hand\n2 2\n255\n" + bytes(4), "Netpbm"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a -->\n<svg xmlns="x"/>', "SVG"),
        (b'<!DOCTYPE svg PUBLIC "x" "y">\n<svg/>', "SVG"),
        (gzip.compress(saved(chart(), "PNG")), "gzip"),
        (b"PK\3\4" + bytes(99), "ZIP"),
        (b"\0\0\0\x18ftypcrx " + bytes(99), "camera raw"),
    ],
)
def test_other_files_are_named(data: bytes, name: str) -> None:
    error = refusal(data)
    assert error.code == "unsupported_format"
    assert name in str(error)


@pytest.mark.parametrize(
    "page",
    [
        b"<!DOCTYPE html><html><body><svg></svg>Not found</body></html>",
        b"\n\n<html>\n<head><title>403</title></head></html>",
        b"<!-- cached --><!doctype HTML>\n<p>",
    ],
)
def test_a_web_page_is_no_picture_even_with_a_drawing_in_it(page: bytes) -> None:
    error = refusal(page)
    assert error.code == "not_an_image"
    assert "web page" in str(error)


def test_random_bytes_have_no_name() -> None:
    dice = random.Random(11)
    for _ in range(2000):
        with pytest.raises(UnreadableError):
            identify(dice.randbytes(200))
    assert refusal(dice.randbytes(5000)).code == "not_an_image"


def test_an_apple_png_is_named() -> None:
    chunk = struct.pack(">I4s4s", 4, b"CgBI", b"\x50\0\x20\2")
    data = png_with(b"prVt", b"")
    error = refusal(data[:8] + chunk + struct.pack(">I", zlib.crc32(chunk[4:])) + data[8:])
    assert error.code == "unsupported_format"
    assert "CgBI" in str(error)


def bitmap(bits: int, masks: tuple[int, ...], *, width: int = 33, down: bool = False) -> bytes:
    """The chart as a BMP whose channels are where the masks are."""
    image = chart(size=(width, 22)).convert("RGBA")
    stride = (width * bits + 31) // 32 * 4
    rows = []
    for y in range(22):
        row = bytearray()
        for x in range(width):
            colour = image.getpixel((x, y))
            value = 0
            for mask, channel in zip(masks, colour, strict=False):  # type: ignore[arg-type]
                shift = (mask & -mask).bit_length() - 1
                value |= round(channel * (mask >> shift) / 255) << shift if mask else 0
            row += value.to_bytes(bits // 8, "little")
        rows.append(bytes(row.ljust(stride, b"\0")))
    body = b"".join(rows if down else rows[::-1])
    four = [*masks, 0][:4]
    head = struct.pack("<IiiHHIIiiII", 108, width, -22 if down else 22, 1, bits, 3, 0, 0, 0, 0, 0)
    head += struct.pack("<4I", *four) + b"BGRs" + bytes(48)
    return struct.pack("<2sIHHI", b"BM", 14 + 108 + len(body), 0, 0, 14 + 108) + head + body


@pytest.mark.parametrize(
    ("bits", "masks"),
    [
        (32, (0x3FF00000, 0xFFC00, 0x3FF)),
        (32, (0x3FF00000, 0xFFC00, 0x3FF, 0xC0000000)),
        (32, (0x3FF, 0xFFC00, 0x3FF00000)),
        (32, (0xFF, 0xFF00, 0xFF0000)),
        (32, (0xFF000000, 0xFF0000, 0xFF00, 0xFF)),
        (32, (0xFF0000, 0xFF00, 0xFF, 0xFF000000)),
        (16, (0xF00, 0xF0, 0xF)),
        (16, (0xF00, 0xF0, 0xF, 0xF000)),
        (16, (0x7C00, 0x3E0, 0x1F, 0x8000)),
        (16, (0x1F, 0x7E0, 0xF800)),
        (16, (0xF800, 0x7E0, 0x1F)),
    ],
)
@pytest.mark.parametrize("down", [False, True])
def test_a_bmp_is_read_wherever_its_channels_are(
    bits: int, masks: tuple[int, ...], down: bool
) -> None:
    image = read(bitmap(bits, masks, down=down), LIMITS, lambda size: size).image
    assert image.mode == "RGB"
    places = ((8, 5), (24, 5), (8, 16), (24, 16))
    found = [image.getpixel(place) for place in places]
    assert max(map(difference, found, CHART)) < (8 if bits == 16 else 1.5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("method", "name"), [(4, "JPEG inside"), (5, "PNG inside"), (11, "CMYK"), (9, "compression 9")]
)
def test_a_bmp_that_holds_something_else_is_named(method: int, name: str) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "BMP")
    data = bytearray(buffer.getvalue())
    struct.pack_into("<I", data, 30, method)
    error = refusal(bytes(data))
    assert error.code == "unsupported_format"
    assert name in str(error)
