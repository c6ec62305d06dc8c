"""Damaged files of each format: cut at every hundredth, and with bytes changed at random.

`FUZZ_EXAMPLES` sets how many changes are tried a format; `make test-damage` tries thousands,
and others in every run. Fewer are the same in every run, so that what passed once passes again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pictures.reading import Limits, UnreadableError, read
from proofs.specimens import GOOD, Specimen

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
