"""Pictures and files of other formats are named in the refusal."""

from __future__ import annotations

import gzip
import io
import random
import struct
import time
import zlib

import pytest
from PIL import Image

from pictures.kinds import identify
from pictures.limits import UnreadableError
from pictures.reading import Limits, read
from proofs.specimens import CHART, Specimen, chart, png_with, saved
from proofs.specimens.bitmaps import BITMAPS, UNREAD_BITMAPS, masked
from proofs.specimens.broken import NAMED, NO_PICTURES
from proofs.specimens.profiles import difference
from tests.containers.pictures.test_reading import quarters

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


@pytest.mark.parametrize(
    ("specimen", "name"),
    [pytest.param(*one, id=one[0].name) for one in (*NAMED, *NO_PICTURES)],
)
def test_every_kind_of_file_is_refused_by_its_name(specimen: Specimen, name: str) -> None:
    start = time.process_time()
    error = refusal(specimen.data)
    assert (error.code, name in str(error)) == (specimen.code, True)
    assert time.process_time() - start < 0.3


@pytest.mark.parametrize(
    "text",
    [
        b"<!---->" * 500 + b"x",
        b"<?a?>" * 800 + b"x",
        b"/**/" * 1000 + b"x",
        b"<!DOCTYPE a[" + b"] " * 2000,
        b"#define " + b"width" * 800,
        b" " * 4096,
    ],
)
def test_no_text_takes_long_to_be_refused(text: bytes) -> None:
    start = time.process_time()
    assert refusal(text).code == "not_an_image"
    assert time.process_time() - start < 0.1


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


@pytest.mark.parametrize("specimen", BITMAPS, ids=lambda one: one.name)
def test_a_bmp_is_read_whatever_its_layout_of_bits(specimen: Specimen) -> None:
    picture = read(specimen.data, LIMITS, lambda size: size)
    assert (picture.image.size, picture.has_alpha) == (specimen.size, False)
    worst = max(map(difference, quarters(picture.image), specimen.colours))
    assert worst <= specimen.tolerance


@pytest.mark.parametrize("down", [False, True])
def test_lines_of_a_bmp_that_are_padded_are_read(down: bool) -> None:
    data = masked(16, (0xF00, 0xF0, 0xF), size=(33, 22), down=down)
    image = read(data, LIMITS, lambda size: size).image
    assert max(map(difference, quarters(image), CHART)) < 8


@pytest.mark.parametrize("specimen", UNREAD_BITMAPS, ids=lambda one: one.name)
def test_a_bmp_of_an_unread_layout_is_named(specimen: Specimen) -> None:
    assert refusal(specimen.data).code == "unsupported_format"


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
