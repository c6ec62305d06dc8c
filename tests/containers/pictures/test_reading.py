"""Every kind of picture comes out right, and every kind of trouble under its own name."""

from __future__ import annotations

import io
import struct
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pictures.kinds import identify
from pictures.orientation import orientation_of
from pictures.reading import Limits, Picture, UnreadableError, decode_only, open_source, read
from proofs.specimens import (
    BAD,
    CHART,
    GOOD,
    HOLE,
    SIZE,
    Specimen,
    chart,
    exif_block,
    gif_of,
    jpeg,
    jpeg_resized,
    saved,
    turned,
)
from proofs.specimens.profiles import difference

LIMITS = Limits.for_memory(1769)


def whole(data: bytes, limits: Limits = LIMITS) -> Picture:
    return read(data, limits, lambda size: size)


def quarters(image: Image.Image) -> list[tuple[int, ...]]:
    coloured = image.convert("RGB")
    width, height = image.size
    places = ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75))
    return [
        coloured.getpixel((int(width * across), int(height * down)))  # type: ignore[misc]
        for across, down in places
    ]


@pytest.mark.parametrize("specimen", GOOD, ids=lambda one: one.name)
def test_every_kind_of_picture_comes_out_upright_and_in_its_true_colours(
    specimen: Specimen,
) -> None:
    picture = whole(specimen.data)
    assert picture.content_type == specimen.content_type
    assert (picture.width, picture.height) == specimen.size
    assert picture.image.size == specimen.size
    assert picture.frames == specimen.frames
    assert picture.has_alpha == specimen.alpha
    assert picture.image.info == {}
    worst = max(map(difference, quarters(picture.image), specimen.colours))
    assert worst <= specimen.tolerance


@pytest.mark.parametrize("specimen", GOOD, ids=lambda one: one.name)
def test_every_kind_of_picture_comes_out_right_when_made_smaller(specimen: Specimen) -> None:
    picture = read(specimen.data, LIMITS, lambda _: (48, 32))
    assert picture.image.size == (48, 32)
    assert (picture.width, picture.height) == specimen.size
    shown = slice(0, 3) if "transparent colour" in specimen.name else slice(0, 4)
    colours = quarters(picture.image)[shown]
    assert max(map(difference, colours, specimen.colours[shown])) <= specimen.tolerance + 0.5


@pytest.mark.parametrize("specimen", BAD, ids=lambda one: one.name)
def test_every_kind_of_trouble_is_refused_quickly_under_its_own_name(specimen: Specimen) -> None:
    data = specimen.data
    start = time.process_time()
    with pytest.raises(UnreadableError) as refused:
        whole(data)
    assert refused.value.code == specimen.code
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    "specimen",
    [one for one in GOOD if one.alpha and one.colours == CHART],
    ids=lambda one: one.name,
)
def test_transparent_pixels_stay_transparent(specimen: Specimen) -> None:
    image = whole(specimen.data).image
    if "transparent colour" in specimen.name:
        assert image.getpixel((150, 100))[3] == 0  # type: ignore[index]
    else:
        assert image.getpixel((HOLE[2] // 2, HOLE[3] // 2))[3] <= 2  # type: ignore[index]
    assert image.getpixel((60, 40))[3] >= 253  # type: ignore[index]


@pytest.mark.parametrize(
    ("value", "orientation"),
    [
        (6, 6),
        ((8, 1), 8),
        ([3], 3),
        (b"6", 6),
        (b"\x00\x06", 6),
        ("5", 5),
        (6.0, 6),
        (0, 1),
        (9, 1),
        (-1, 1),
        (None, 1),
        ("upright", 1),
        (b"", 1),
        ((), 1),
        (float("nan"), 1),
        (float("inf"), 1),
    ],
)
def test_an_orientation_is_understood_in_all_its_broken_encodings(
    value: object, orientation: int
) -> None:
    assert orientation_of(value) == orientation


@given(st.one_of(st.binary(), st.text(), st.integers(), st.floats(), st.lists(st.integers())))
def test_no_orientation_whatever_raises(value: object) -> None:
    assert 1 <= orientation_of(value) <= 8


def test_an_orientation_written_as_a_long_number_counts() -> None:
    block = bytearray(exif_block(6))
    at = block.index(struct.pack(">HHI", 0x0112, 3, 1))
    struct.pack_into(">HHII", block, at, 0x0112, 4, 1, 6)
    assert whole(jpeg(turned(6), exif=bytes(block))).image.size == SIZE


def test_an_orientation_behind_the_pixels_of_a_png_counts() -> None:
    data = saved(turned(6), "PNG")
    block = exif_block(6).removeprefix(b"Exif\0\0")
    chunk = struct.pack(">I", len(block)) + b"eXIf" + block
    chunk += struct.pack(">I", zlib.crc32(b"eXIf" + block))
    picture = whole(data[:-12] + chunk + data[-12:])
    assert picture.image.size == SIZE
    assert picture.exif["make"] == "Canon"


def test_a_damaged_exif_block_does_not_cost_the_picture() -> None:
    block = bytearray(exif_block(1))
    block[14:60] = b"\xff" * 46
    picture = whole(jpeg(exif=bytes(block)))
    assert quarters(picture.image)[0][0] > 150


def test_a_jpeg_is_decoded_at_the_smallest_sufficient_scale() -> None:
    data = jpeg(chart(size=(1600, 1200)))
    for width, decoded in ((1600, 1600), (600, 1600), (530, 800), (270, 800), (260, 400)):
        image = decode_only(open_source(data, LIMITS), (width, width * 3 // 4), LIMITS)
        assert image.size == (decoded, decoded * 3 // 4)


def test_sixteen_bits_are_rounded_and_not_cut() -> None:
    specimen = next(one for one in GOOD if one.name == "PNG 16 bit")
    assert quarters(whole(specimen.data).image) == list(CHART)


def test_a_smooth_sixteen_bit_ramp_keeps_all_its_steps() -> None:
    ramp = Image.frombytes("I;16", (4096, 2), struct.pack("<4096H", *range(0, 65536, 16)) * 2)
    image = whole(saved(ramp, "PNG")).image
    steps = image.crop((0, 0, 4096, 1)).tobytes()
    assert sorted(set(steps)) == list(range(256))
    assert list(steps) == sorted(steps)


def test_the_type_is_what_the_bytes_say() -> None:
    assert {identify(one.data) for one in GOOD} == {one.content_type for one in GOOD}


def test_a_file_of_too_many_bytes_is_refused_before_it_is_looked_at() -> None:
    limits = Limits(pixels=10, bytes=100, frames=1, side=10, scans=1, seconds=1, memory=10)
    with pytest.raises(UnreadableError) as refused:
        whole(bytes(101), limits)
    assert refused.value.code == "too_large"
    assert str(refused.value) == "the file has 101 bytes, and 100 are accepted at most"


def test_limits_grow_with_the_memory_of_the_function() -> None:
    small, large = Limits.for_memory(512), Limits.for_memory(3008)
    assert small.pixels < LIMITS.pixels <= large.pixels
    assert LIMITS.pixels >= 100_000_000
    picture = jpeg_resized(9000, 9000, jpeg(progressive=True))
    with pytest.raises(UnreadableError) as refused:
        open_source(picture, small)
    assert refused.value.code == "too_many_pixels"
    assert open_source(picture, LIMITS).size == (9000, 9000)


def test_a_photograph_of_200_megapixels_is_accepted_as_it_is_decoded_at_scale() -> None:
    source = open_source(jpeg_resized(16320, 12240), LIMITS)
    assert source.size == (16320, 12240)
    with pytest.raises(UnreadableError) as refused:
        decode_only(open_source(jpeg_resized(19000, 19000), LIMITS), (19000, 19000), LIMITS)
    assert refused.value.code == "too_many_pixels"


def test_a_gif_frame_larger_than_its_screen_counts_with_its_own_size() -> None:
    data = bytearray(gif_of(1, 1))
    at = data.index(b"\x2c", 13 + 3 * 2 ** ((data[10] & 7) + 1))
    data[at + 5 : at + 9] = struct.pack("<HH", 60000, 60000)
    with pytest.raises(UnreadableError) as refused:
        open_source(bytes(data), LIMITS)
    assert refused.value.code == "too_many_pixels"


def test_a_refusal_survives_being_pickled() -> None:
    import pickle

    copied = pickle.loads(pickle.dumps(UnreadableError("truncated", "cut")))  # noqa: S301 - made here
    assert (copied.code, str(copied)) == ("truncated", "cut")


def test_no_ghostscript_and_no_external_decoder_is_ever_asked() -> None:
    eps = io.BytesIO()
    chart().save(eps, "EPS")
    with pytest.raises(UnreadableError) as refused:
        whole(eps.getvalue())
    assert refused.value.code == "unsupported_format"
