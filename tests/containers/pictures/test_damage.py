"""Damaged files of each format: cut, with bytes changed or behind the end, with damaged metadata.

`FUZZ_EXAMPLES` sets how many changes are tried a format; `make test-damage` tries thousands,
and others in every run. Fewer are the same in every run, so that what passed once passes again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pictures.reading import Limits, UnreadableError, read
from proofs.specimens import GOOD, SIZE, XMP, Specimen, exif_block
from proofs.specimens.colours import chunk
from proofs.specimens.metadata import CARRIERS, SIDE_CHUNKS, Carrier, iptc_of
from proofs.specimens.profiles import DISPLAY_P3, rgb_profile

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "12"))
RANDOM_FROM = 1000
LIMITS = replace(Limits.for_memory(1769), pixels=4_000_000)

_NAMES = (
    "JPEG orientation 6",
    "JPEG progressive",
    "JPEG CMYK with profile",
    "PNG RGBA",
    "PNG palette",
    "APNG",
    "WebP lossy",
    "WebP animated",
    "AVIF",
    "HEIC turned",
    "HEIC grid",
    "TIFF LZW",
    "TIFF deflate tiles",
    "GIF animated",
    "BMP",
)
FILES = tuple(next(one for one in GOOD if one.name == name) for name in _NAMES)


def attempt(data: bytes) -> str:
    """The code of the refusal, or "" for a picture."""
    try:
        picture = read(data, LIMITS, lambda size: (min(size[0], 64), min(size[1], 64)))
    except UnreadableError as refused:
        return refused.code
    assert picture.image.mode in ("L", "LA", "RGB", "RGBA")
    return ""


def cuts(data: bytes) -> Iterator[bytes]:
    for hundredth in range(100):
        yield data[: len(data) * hundredth // 100]


@pytest.mark.parametrize("specimen", FILES, ids=lambda one: one.name)
def test_a_file_cut_anywhere_is_a_picture_or_says_that_it_is_cut(specimen: Specimen) -> None:
    codes = [attempt(data) for data in cuts(specimen.data)]
    assert set(codes) <= {"", "truncated", "not_an_image"}
    assert codes[0] == "not_an_image"
    assert codes[50] == "truncated" or specimen.frames > 1


@pytest.mark.parametrize("specimen", FILES, ids=lambda one: one.name)
@settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES < RANDOM_FROM,
    suppress_health_check=[HealthCheck.differing_executors],
)
@given(data=st.data())
def test_a_file_with_changed_bytes_is_a_picture_or_refused_by_name(
    specimen: Specimen, data: st.DataObject
) -> None:
    changed = bytearray(specimen.data)
    places = st.integers(0, min(len(changed), 4000) - 1) | st.integers(0, len(changed) - 1)
    for at, value in data.draw(
        st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=8)
    ):
        changed[at] = value
    assert attempt(bytes(changed)) in {
        "",
        "truncated",
        "not_an_image",
        "unsupported_format",
        "decoder_failed",
        "too_many_pixels",
    }


@pytest.mark.parametrize("specimen", FILES, ids=lambda one: one.name)
@settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES < RANDOM_FROM,
    suppress_health_check=[HealthCheck.differing_executors],
)
@given(
    trailer=st.binary(max_size=200)
    | st.integers(1, 5000).map(bytes)
    | st.sampled_from(
        [b"SEFH\x6a\0\0\0", b"\xff\xd8\xff\xe0", b"ftypmp42", b"\xff\xd9", b"IEND", b"GIF89a"]
    )
)
def test_bytes_behind_the_end_never_cost_the_picture(specimen: Specimen, trailer: bytes) -> None:
    assert attempt(specimen.data + trailer) == ""


BLOCKS = (
    exif_block().removeprefix(b"Exif\0\0"),
    XMP,
    iptc_of((1, 90, b"\x1b%G"), (2, 5, b"A chart"), (2, 80, b"Ada Lens")),
    rgb_profile(DISPLAY_P3),
)


@st.composite
def damaged(draw: st.DrawFn, block: bytes) -> bytes:
    """A block of metadata with bytes changed, cut, repeated or replaced."""
    changed = bytearray(block)
    for at, value in draw(
        st.lists(st.tuples(st.integers(0, len(block) - 1), st.integers(0, 255)), max_size=8)
    ):
        changed[at] = value
    length = draw(st.integers(0, len(changed)) | st.just(len(changed)))
    return bytes(changed[:length]) * draw(st.sampled_from((1, 1, 1, 0, 3)))


@pytest.mark.parametrize("carrier", CARRIERS.values(), ids=CARRIERS.keys())
@settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES < RANDOM_FROM,
    suppress_health_check=[HealthCheck.differing_executors],
)
@given(data=st.data())
def test_damaged_metadata_never_costs_the_picture(carrier: Carrier, data: st.DataObject) -> None:
    exif, xmp, iptc, profile = (data.draw(damaged(block)) for block in BLOCKS)
    picture = read(carrier(exif, xmp, iptc, profile), LIMITS, lambda size: size)
    assert picture.image.size in (SIZE, SIZE[::-1])
    json.dumps(picture.exif)


@pytest.mark.parametrize("name", ["PNG palette", "PNG RGBA", "PNG 16 bit grey", "APNG"])
@settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES < RANDOM_FROM,
    suppress_health_check=[HealthCheck.differing_executors],
)
@given(
    chunks=st.lists(
        st.tuples(st.sampled_from(SIDE_CHUNKS), st.binary(max_size=64), st.booleans()), max_size=6
    ),
    behind=st.booleans(),
)
def test_damaged_chunks_never_cost_a_png(
    name: str, chunks: list[tuple[bytes, bytes, bool]], behind: bool
) -> None:
    whole = next(one for one in GOOD if one.name == name).data
    more = b"".join(chunk(kind, content, sound=sound) for kind, content, sound in chunks)
    at = len(whole) - 12 if behind else 33
    assert attempt(whole[:at] + more + whole[at:]) == ""
