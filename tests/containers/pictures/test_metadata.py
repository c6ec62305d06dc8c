"""Metadata is read as far as it can be, within limits, and never costs the picture."""

from __future__ import annotations

import json
import struct
import time
import tracemalloc
import zlib

import pytest

from pictures.limits import Limits, UnreadableError
from pictures.reading import Picture, read
from proofs.specimens import XMP, Specimen, animated, chart, jpeg, png_with, saved
from proofs.specimens.metadata import CARRIERS, SIDE_BLOCKS, Carrier, exif_of, iptc_of, tiff_with
from proofs.specimens.profiles import DISPLAY_P3, difference, rgb_profile
from tests.containers.pictures.test_reading import quarters

LIMITS = Limits.for_memory(1769)
PROFILE = rgb_profile(DISPLAY_P3)
NAMED = exif_of([(0x010F, 2, 6, b"Canon\0")])
RECORDS = iptc_of((2, 116, b"(c) Agency"))

carriers = pytest.mark.parametrize("carrier", CARRIERS.values(), ids=CARRIERS.keys())


def whole(data: bytes) -> Picture:
    return read(data, LIMITS, lambda size: size)


@pytest.mark.parametrize("specimen", SIDE_BLOCKS, ids=lambda one: one.name)
def test_damaged_metadata_does_not_cost_the_picture(specimen: Specimen) -> None:
    picture = whole(specimen.data)
    assert picture.content_type == specimen.content_type
    assert (picture.image.size, picture.frames) == (specimen.size, 1)
    assert picture.has_alpha == specimen.alpha
    worst = max(map(difference, quarters(picture.image), specimen.colours))
    assert worst <= specimen.tolerance


@carriers
def test_sound_metadata_is_read_from_every_format(carrier: Carrier) -> None:
    picture = whole(carrier(NAMED, XMP, b"", b""))
    assert picture.exif.get("creator") == "Ada Lens"
    assert (picture.exif.get("make") == "Canon") == (carrier is not CARRIERS["TIFF"])


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF"])
def test_iptc_records_are_read_where_a_format_has_them(form: str) -> None:
    assert whole(CARRIERS[form](NAMED, b"", RECORDS, b"")).exif["copyright"] == "(c) Agency"


@carriers
@pytest.mark.parametrize(
    "block", [b"", b"II", b"MM\0*\0\0", b"\xff" * 500, NAMED[:20], b"<", b"8BIM", b"\0" * 70_000]
)
def test_no_block_costs_the_picture_in_any_format(carrier: Carrier, block: bytes) -> None:
    picture = whole(carrier(block, block, block[:60_000], block[:60_000]))
    assert max(map(difference, quarters(picture.image), chart_colours())) <= 4
    json.dumps(picture.exif)


def chart_colours() -> list[tuple[int, ...]]:
    return quarters(chart())


MILLIONS = exif_of([(0x011A, 5, 7_500_000, struct.pack("<II", 72, 1) * 7_500_000)])
LONG = exif_of([(0x010F, 2, 50_000_000, b"A" * 50_000_000)])
NESTED = (
    b"<r xmlns:dc='http://purl.org/dc/elements/1.1/'>"
    + b"<dc:creator>" * 30_000
    + b"x"
    + b"</dc:creator>" * 30_000
    + b"</r>"
)
REPEATED = NESTED[:47] + b"<dc:creator>a</dc:creator>" * 38_000 + b"</r>"


@pytest.mark.parametrize("form", ["PNG", "WebP", "AVIF", "HEIC"])
@pytest.mark.parametrize("block", [MILLIONS, LONG], ids=["millions of values", "a long make"])
def test_a_huge_exif_block_costs_neither_time_nor_memory(form: str, block: bytes) -> None:
    data = CARRIERS[form](block, b"", b"", b"")
    tracemalloc.start()
    start = time.process_time()
    picture = whole(data)
    seconds = time.process_time() - start
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert picture.image.size == (192, 128)
    assert len(picture.exif.get("make", "")) in (0, 500)
    assert seconds < 1.0
    assert peak < 5 * len(data) + 20_000_000


@pytest.mark.parametrize(
    ("tag", "kind", "count", "content"),
    [
        (0x011A, 5, 7_500_000, struct.pack("<II", 72, 1) * 7_500_000),
        (0x010F, 2, 50_000_000, b"A" * 50_000_000),
        (700, 1, 30_000_000, b"<x>" * 10_000_000),
    ],
    ids=["resolution", "make", "XMP"],
)
def test_a_huge_tag_of_a_tiff_costs_no_time(
    tag: int, kind: int, count: int, content: bytes
) -> None:
    data = tiff_with(saved(chart(), "TIFF"), (tag, kind, count, content))
    start = time.process_time()
    assert whole(data).image.size == (192, 128)
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize("packet", [NESTED, REPEATED], ids=["nested", "repeated"])
def test_a_long_xmp_packet_costs_no_time(packet: bytes) -> None:
    data = saved(chart(), "WEBP", xmp=packet)
    start = time.process_time()
    whole(data)
    assert time.process_time() - start < 0.5


def test_large_text_and_a_large_profile_do_not_cost_a_png() -> None:
    padded = PROFILE[:4] + PROFILE[4:] + bytes(2_000_000)
    for data in (
        png_with(b"tEXt", b"Comment\0" + b"x" * 20_000_000),
        png_with(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(20_000_000))),
        png_with(b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(bytes(20_000_000))),
        png_with(b"iCCP", b"icc\0\0" + zlib.compress(padded)),
        png_with(b"tEXt", b"Comment\0hello", 3_000),
    ):
        assert whole(data).image.size == (192, 128)


def test_bombs_in_several_chunks_add_up() -> None:
    text = b"Comment\0\0" + zlib.compress(bytes(30_000_000))
    assert whole(png_with(b"zTXt", text, 2)).image.size == (192, 128)
    with pytest.raises(UnreadableError) as refused:
        whole(png_with(b"zTXt", text, 3))
    assert refused.value.code == "decoder_failed"


def test_a_long_comment_does_not_cost_a_gif_or_a_jpeg() -> None:
    gif, picture = animated("GIF"), jpeg()
    comment = b"\x21\xfe" + (b"\xff" + b"c" * 255) * 40_000 + b"\0"
    start = time.process_time()
    assert whole(gif[:-1] + comment + b";").frames == 3
    segments = (b"\xff\xfe\xff\xff" + b"c" * 65_533) * 400
    assert whole(picture[:2] + segments + picture[2:]).image.size == (192, 128)
    assert time.process_time() - start < 0.5
