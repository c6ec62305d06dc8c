"""The one JPEG that Rekognition is shown."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from pictures.limits import Limits, UnreadableError
from proofs.specimens import GOOD, SERIAL, chart, exif_block, jpeg, saved, turned, with_hole
from proofs.specimens.profiles import difference
from rekognition.canonical import canonical_jpeg
from rekognition.isolation import canonical_jpeg_isolated
from tests.noise import noise

LIMITS = Limits.for_memory(1769)


@pytest.mark.parametrize("specimen", GOOD, ids=lambda one: one.name)
def test_every_kind_of_picture_becomes_a_jpeg_within_the_limits(specimen: Any) -> None:
    canonical = canonical_jpeg(specimen.data, LIMITS)
    image = Image.open(io.BytesIO(canonical.data))
    assert image.format == "JPEG"
    assert image.size == (canonical.width, canonical.height) == specimen.size
    assert len(canonical.data) <= 5_000_000
    shown = image.convert("RGB").getpixel((48, 32))
    assert difference(shown, specimen.colours[0]) <= specimen.tolerance + 4  # type: ignore[arg-type]


def test_orientation_is_baked_in_and_metadata_is_gone() -> None:
    canonical = canonical_jpeg(jpeg(turned(6), exif=exif_block(6)), LIMITS)
    assert (canonical.width, canonical.height) == (192, 128)
    assert SERIAL.encode() not in canonical.data
    assert b"Exif" not in canonical.data


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((4000, 3000), (1600, 1200)),
        ((40, 30), (107, 80)),
        ((1, 1), (80, 80)),
        ((10_000, 1000), (1600, 160)),
        ((10_000, 10), (1600, 80)),
        ((10, 10_000), (80, 1600)),
        ((79, 500), (80, 506)),
    ],
)
def test_no_side_is_too_short_or_too_long(size: tuple[int, int], expected: tuple[int, int]) -> None:
    canonical = canonical_jpeg(saved(Image.new("RGB", size, "teal"), "PNG"), LIMITS)
    assert (canonical.width, canonical.height) == expected
    assert Image.open(io.BytesIO(canonical.data)).size == expected


def test_the_noisiest_picture_stays_under_5_mb() -> None:
    grains = Image.merge("RGB", [noise((1600, 1600), 200, seed) for seed in range(3)])
    assert len(canonical_jpeg(saved(grains, "BMP"), LIMITS).data) <= 5_000_000


def test_transparent_parts_are_white() -> None:
    canonical = canonical_jpeg(saved(with_hole(chart()), "PNG"), LIMITS)
    shown = Image.open(io.BytesIO(canonical.data)).getpixel((4, 4))
    assert difference(shown, (255, 255, 255)) < 3  # type: ignore[arg-type]


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(UnreadableError) as refused:
        canonical_jpeg(b"hello", LIMITS)
    assert refused.value.code == "not_an_image"


def test_in_a_process_of_its_own_it_comes_out_the_same() -> None:
    assert canonical_jpeg_isolated(jpeg(), LIMITS) == canonical_jpeg(jpeg(), LIMITS)
    with pytest.raises(UnreadableError) as refused:
        canonical_jpeg_isolated(jpeg()[:300], LIMITS)
    assert refused.value.code == "truncated"
