"""A picture is cut and turned as its file says, once, and by the statement that counts."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from pictures.limits import Limits
from pictures.reading import Picture, read
from proofs.specimens import CHART, XMP, Specimen, chart, exif_block, heic, jpeg, saved, turned
from proofs.specimens.geometry import GEOMETRY
from proofs.specimens.heif import Parts, aperture, mirrored, parts_of, put_together, rotated
from proofs.specimens.metadata import xmp_of
from proofs.specimens.motion import MOTION
from proofs.specimens.profiles import difference
from tests.containers.pictures.test_reading import quarters

LIMITS = Limits.for_memory(1769)
RED, GREEN, BLUE, GREY = CHART
Corners = tuple[tuple[int, int, int], ...]


def avif_parts() -> Parts:
    return parts_of(saved(chart(), "AVIF", quality=95))


def heic_parts() -> Parts:
    return parts_of(heic("plain"))


formats = pytest.mark.parametrize("parts", [avif_parts, heic_parts], ids=["AVIF", "HEIC"])


def whole(data: bytes) -> Picture:
    picture = read(data, LIMITS, lambda size: size)
    assert picture.image.size == (picture.width, picture.height)
    return picture


def looks(picture: Picture, corners: Corners) -> bool:
    return max(map(difference, quarters(picture.image), corners)) <= 4


@pytest.mark.parametrize("specimen", [*GEOMETRY, *MOTION], ids=lambda one: one.name)
def test_cut_turned_and_moving_pictures_come_out_as_browsers_show_them(
    specimen: Specimen,
) -> None:
    picture = whole(specimen.data)
    assert picture.content_type == specimen.content_type
    assert (picture.image.size, picture.frames) == (specimen.size, specimen.frames)
    assert picture.has_alpha == specimen.alpha
    worst = max(map(difference, quarters(picture.image), specimen.colours))
    assert worst <= specimen.tolerance


@formats
@pytest.mark.parametrize(
    ("clap", "size", "corners"),
    [
        (aperture(96, 64, 48, 32), (96, 64), (GREY,) * 4),
        (aperture(96, 64, -48, 32), (96, 64), (BLUE,) * 4),
        (aperture(192, 64, 0, -32), (192, 64), (RED, GREEN, RED, GREEN)),
        (aperture(95, 63, -97, 65, half=True), (95, 63), (BLUE,) * 4),
        (aperture(100, 100), (100, 100), CHART),
        (aperture(192, 128), (192, 128), CHART),
    ],
)
def test_a_clean_aperture_is_cut_out(
    parts: Callable[[], Parts], clap: bytes, size: tuple[int, int], corners: Corners
) -> None:
    picture = whole(put_together(parts(), clap))
    assert picture.image.size == size
    assert looks(picture, corners)


@formats
@pytest.mark.parametrize(
    "clap",
    [
        aperture(96, 64, 148, 32),
        aperture(400, 400),
        aperture(0, 0),
        struct.pack(">I4s8I", 40, b"clap", 96, 0, 64, 0, 0, 0, 0, 0),
    ],
)
def test_a_clean_aperture_that_is_not_within_the_picture_is_ignored(
    parts: Callable[[], Parts], clap: bytes
) -> None:
    picture = whole(put_together(parts(), clap))
    assert (picture.image.size, looks(picture, CHART)) == ((192, 128), True)


@formats
def test_a_clean_aperture_is_cut_out_before_the_picture_is_turned(
    parts: Callable[[], Parts],
) -> None:
    picture = whole(put_together(parts(), aperture(96, 128, 48, 0), rotated(1)))
    assert picture.image.size == (128, 96)
    assert looks(picture, (GREEN, GREY, GREEN, GREY))


TURNS = {
    0: CHART,
    1: (GREEN, GREY, RED, BLUE),
    2: (GREY, BLUE, GREEN, RED),
    3: (BLUE, RED, GREY, GREEN),
}


def mirror(corners: Corners, axis: int) -> Corners:
    one, two, three, four = corners
    return (two, one, four, three) if axis else (three, four, one, two)


@formats
@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("exif", [b"", exif_block(6)], ids=["alone", "against EXIF"])
def test_a_picture_is_turned_then_mirrored_by_its_properties_and_not_by_exif(
    parts: Callable[[], Parts], turns: int, axis: int | None, exif: bytes
) -> None:
    properties = [rotated(turns)] + ([] if axis is None else [mirrored(axis)])
    block = bytes(4) + exif.removeprefix(b"Exif\0\0") if exif else b""
    picture = whole(put_together(parts(), *properties, exif=block))
    assert picture.image.size == ((192, 128), (128, 192))[turns % 2]
    assert looks(picture, TURNS[turns] if axis is None else mirror(TURNS[turns], axis))
    assert ("make" in picture.exif) == bool(exif)


@pytest.mark.parametrize(
    ("properties", "corners"),
    [
        ((mirrored(1), rotated(1)), (RED, BLUE, GREEN, GREY)),
        ((mirrored(0), rotated(3)), (RED, BLUE, GREEN, GREY)),
        ((rotated(1), rotated(1)), (GREY, BLUE, GREEN, RED)),
        ((mirrored(0), mirrored(1)), (GREY, BLUE, GREEN, RED)),
        ((mirrored(1), mirrored(1)), CHART),
    ],
)
def test_a_heic_is_turned_in_the_order_of_its_properties(
    properties: tuple[bytes, ...], corners: Corners
) -> None:
    assert looks(whole(put_together(heic_parts(), *properties)), corners)


@formats
@pytest.mark.parametrize(
    ("exif", "extent"),
    [
        (b"", (0, 0)),
        (b"", (10**8, 999)),
        (b"\0", None),
        (b"\xff\xff\xff\xffnoise", None),
        (bytes(4) + exif_block()[6:], (2**31, 2**31)),
    ],
)
def test_damaged_exif_does_not_cost_the_picture(
    parts: Callable[[], Parts], exif: bytes, extent: tuple[int, int] | None
) -> None:
    picture = whole(put_together(parts(), exif=exif, xmp=XMP, exif_extent=extent))
    assert looks(picture, CHART)
    assert picture.exif == {"creator": "Ada Lens", "copyright": "(c) Ada Lens"}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_counts_where_xmp_says_otherwise(orientation: int) -> None:
    other = xmp_of("", f'tiff:Orientation="{orientation % 8 + 1}"')
    data = jpeg(turned(orientation), exif=exif_block(orientation), xmp=other)
    assert looks(whole(data), CHART)
    tiff = saved(turned(orientation), "TIFF", tiffinfo={0x0112: orientation, 700: other})
    assert looks(whole(tiff), CHART)


def test_an_orientation_is_a_number_in_ascii() -> None:
    from pictures.orientation import orientation_of

    assert [orientation_of(value) for value in ("6", "６", "٦", "²", "6.0")] == [6, 1, 1, 1, 1]


@formats
def test_the_smallest_clean_aperture_leaves_a_pixel(parts: Callable[[], Parts]) -> None:
    assert whole(put_together(parts(), aperture(1, 1))).image.size == (1, 1)
