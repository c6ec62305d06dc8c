"""Sizes and crops."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipeline.recipe import Fit, Rendition
from rendering.framing import Area, Frame, frame, salient_areas
from tests.noise import noise


def asked(width: int, height: int, fit: Fit = "inside", *, enlarge: bool = False) -> Rendition:
    return Rendition(name="one", width=width, height=height, fit=fit, enlarge=enlarge)


@pytest.mark.parametrize(
    ("rendition", "original", "size"),
    [
        (asked(500, 500), (4000, 3000), (500, 375)),
        (asked(500, 500), (3000, 4000), (375, 500)),
        (asked(500, 500), (400, 300), (400, 300)),
        (asked(500, 500, enlarge=True), (400, 300), (500, 375)),
        (asked(500, 500), (50_000, 10), (500, 1)),
        (asked(128, 128, "cover"), (4000, 3000), (128, 128)),
        (asked(200, 100, "cover"), (4000, 3000), (200, 100)),
        (asked(128, 128, "cover"), (100, 60), (60, 60)),
        (asked(200, 100, "cover"), (100, 100), (100, 50)),
        (asked(128, 128, "cover", enlarge=True), (100, 60), (128, 128)),
        (asked(128, 128, "cover"), (1, 1), (1, 1)),
    ],
)
def test_a_rendition_has_the_size_that_was_asked_for_and_is_never_enlarged_unasked(
    rendition: Rendition, original: tuple[int, int], size: tuple[int, int]
) -> None:
    assert frame(rendition, original).size == size


def test_cover_shows_the_middle() -> None:
    assert frame(asked(100, 100, "cover"), (400, 200)) == Frame(
        (100, 100), Area(0.25, 0.0, 0.5, 1.0)
    )


def test_cover_shows_the_faces_if_they_fit_together() -> None:
    faces = (Area(0.7, 0.2, 0.1, 0.2), Area(0.9, 0.2, 0.1, 0.2))
    assert frame(asked(100, 100, "cover"), (400, 200), faces).area == Area(0.5, 0.0, 0.5, 1.0)


def test_cover_shows_the_largest_face_if_they_do_not_fit() -> None:
    faces = (Area(0.0, 0.2, 0.2, 0.4), Area(0.9, 0.2, 0.1, 0.2))
    assert frame(asked(100, 100, "cover"), (400, 200), faces).area == Area(0.0, 0.0, 0.5, 1.0)


@given(
    st.tuples(st.integers(1, 60_000), st.integers(1, 60_000)),
    st.tuples(st.integers(1, 10_000), st.integers(1, 10_000)),
    st.sampled_from(("inside", "cover")),
    st.booleans(),
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_a_frame_lies_within_the_picture_and_the_box(
    original: tuple[int, int],
    box: tuple[int, int],
    fit: Fit,
    enlarge: bool,
    face: tuple[float, float],
) -> None:
    rendition = asked(*box, fit, enlarge=enlarge)
    place = frame(rendition, original, (Area(*face, 0.1, 0.1),))
    area = place.area
    assert 1 <= place.size[0] <= box[0]
    assert 1 <= place.size[1] <= box[1]
    assert area.left >= 0
    assert area.top >= 0
    assert area.left + area.width <= 1 + 1e-9
    assert area.top + area.height <= 1 + 1e-9
    assert area.width > 0
    assert area.height > 0


def test_the_region_that_catches_the_eye_is_found() -> None:
    image = Image.new("RGB", (600, 300), (90, 95, 100))
    grains = noise((30, 30), 120).resize((90, 90), Image.Resampling.NEAREST)
    image.paste(grains.convert("RGB"), (480, 150))
    (area,) = salient_areas(image)
    assert 0.75 <= area.left + area.width / 2 <= 0.95
    assert 0.5 <= area.top + area.height / 2 <= 0.8


def test_a_flat_picture_has_no_region_that_catches_the_eye() -> None:
    assert salient_areas(Image.new("RGB", (600, 300), "navy")) == ()
