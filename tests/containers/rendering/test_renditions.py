"""Renditions: the right ones, the same each time, and nothing in them but pixels."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from pictures.limits import Limits
from pipeline.recipe import Recipe
from proofs.specimens import (
    CHART,
    GOOD,
    SERIAL,
    XMP,
    animated,
    chart,
    exif_block,
    jpeg,
    saved,
    with_hole,
)
from proofs.specimens.profiles import difference
from rendering.framing import Area, Focus
from rendering.renditions import Developed, File, develop, develop_one

LIMITS = Limits.for_memory(1769)
SIGNATURES = {
    "jpeg": b"\xff\xd8\xff",
    "webp": b"RIFF",
    "avif": b"\x00\x00\x00",
}


def recipe(*formats: str, **changes: Any) -> Recipe:
    document: dict[str, Any] = {
        "renditions": [
            {"name": "thumbnail", "width": 32, "height": 32, "fit": "cover"},
            {"name": "small", "width": 60, "height": 60},
            {"name": "large", "width": 150, "height": 150},
            {"name": "enhanced", "width": 150, "height": 150, "enhance": True},
        ],
        "formats": [{"format": name} for name in formats or ("jpeg",)],
    }
    return Recipe.from_json(json.dumps(document | changes))


def opened(file: File) -> Image.Image:
    return Image.open(io.BytesIO(file.data))


def by_name(developed: Developed) -> dict[tuple[str, str], File]:
    return {(file.name, file.format): file for file in developed.files}


def test_every_rendition_is_made_in_every_format_in_the_order_of_the_recipe() -> None:
    developed = develop(jpeg(), recipe("jpeg", "webp", "avif"), LIMITS)
    assert [(file.name, file.format, file.width, file.height) for file in developed.files] == [
        (name, form, *size)
        for name, size in (
            ("thumbnail", (32, 32)),
            ("small", (60, 40)),
            ("large", (150, 100)),
            ("enhanced", (150, 100)),
        )
        for form in ("jpeg", "webp", "avif")
    ]
    for file in developed.files:
        assert file.data.startswith(SIGNATURES[file.format])
        assert opened(file).size == (file.width, file.height)
        assert file.content_type == f"image/{file.format}"
        assert file.extension == {"jpeg": "jpg"}.get(file.format, file.format)


@pytest.mark.parametrize("specimen", GOOD, ids=lambda one: one.name)
def test_every_kind_of_picture_is_developed(specimen: Any) -> None:
    developed = develop(specimen.data, recipe(), LIMITS)
    assert (developed.width, developed.height) == specimen.size
    assert developed.frames == specimen.frames
    assert developed.has_alpha == specimen.alpha
    large = opened(by_name(developed)["large", "jpeg"]).convert("RGB")
    places = ((37, 25), (112, 25), (37, 75))
    for place, colour in zip(places, specimen.colours, strict=False):
        assert difference(large.getpixel(place), colour) <= specimen.tolerance + 4  # type: ignore[arg-type]


def test_no_metadata_is_in_any_rendition() -> None:
    from proofs.specimens.profiles import DISPLAY_P3, rgb_profile

    settings: dict[str, Any] = {
        "exif": exif_block(6),
        "xmp": XMP,
        "icc_profile": rgb_profile(DISPLAY_P3),
    }
    secrets = (SERIAL.encode(), b"Canon", b"Ada Lens", b"xmpmeta", b"Exif", b"eXIf", b"hidden")
    names = (b"ICC_PROFILE", b"iCCP", b"ICCP", b"XMP ", b"GPS", b"8BIM", b"EXIF")
    for data in (
        jpeg(comment=b"hidden", **settings),
        saved(chart(), "PNG", exif=exif_block(), icc_profile=settings["icc_profile"]),
        saved(chart(), "WEBP", **settings),
        saved(chart(), "AVIF", **settings),
        saved(chart(), "TIFF", tiffinfo={0x010F: "Canon", 0x013B: "Ada Lens", 0xA431: SERIAL}),
        saved(chart(), "GIF", comment=b"hidden"),
        animated("GIF", comment=b"hidden"),
        animated("WEBP", exif=exif_block(), xmp=XMP),
    ):
        kept = recipe("jpeg", "webp", "avif", animated="keep")
        for file in develop(data, kept, LIMITS).files:
            for secret in (*secrets, *names):
                assert secret not in file.data, (file.name, file.format, secret)
            assert not opened(file).getexif()


def test_metadata_that_is_not_in_the_renditions_is_returned_for_the_catalog() -> None:
    exif = develop(jpeg(exif=exif_block()), recipe(), LIMITS).exif
    assert exif["copyright"] == "(c) 2026 Ada Lens"
    assert exif["creator"] == "Ada Lens"
    assert exif["gps"]["latitude"] == 59.3333333


def test_the_same_input_gives_the_same_bytes() -> None:
    data = jpeg(chart(size=(700, 500)))
    asked = recipe("jpeg", "webp", "avif")
    assert develop(data, asked, LIMITS) == develop(data, asked, LIMITS)


def test_transparency_is_kept_where_the_format_has_it_and_shows_the_background_where_not() -> None:
    data = saved(with_hole(chart()), "PNG")
    developed = develop(data, recipe("jpeg", "webp", "avif", background="#00ff80"), LIMITS)
    assert developed.has_alpha
    files = by_name(developed)
    for form in ("webp", "avif"):
        assert opened(files["large", form]).getpixel((3, 3))[3] <= 2  # type: ignore[index]
    shown = opened(files["large", "jpeg"]).getpixel((3, 3))
    assert difference(shown, (0, 255, 128)) < 5  # type: ignore[arg-type]


def test_a_small_picture_is_not_enlarged_unless_asked() -> None:
    data = jpeg(chart(size=(40, 30)))
    renditions = [
        {"name": "as-is", "width": 100, "height": 100},
        {"name": "larger", "width": 100, "height": 100, "enlarge": True},
    ]
    sizes = [
        (one.width, one.height)
        for one in develop(data, recipe(renditions=renditions), LIMITS).files
    ]
    assert sizes == [(40, 30), (100, 75)]


def test_cover_follows_the_faces() -> None:
    renditions = [{"name": "one", "width": 32, "height": 32, "fit": "cover", "focus": "faces"}]
    asked = recipe("webp", renditions=renditions)
    image = Image.new("RGB", (300, 100), "white")
    image.paste((255, 0, 0), (240, 30, 280, 70))
    data = saved(image, "PNG")
    without = opened(develop(data, asked, LIMITS).files[0])
    assert without.getcolors() == [(1024, (255, 255, 255))]
    face = Focus(faces=(Area(0.8, 0.3, 0.133, 0.4),))
    seen = opened(develop(data, asked, LIMITS, focus=face).files[0]).getpixel((16, 16))
    assert difference(seen, (255, 0, 0)) < 5  # type: ignore[arg-type]


def test_cover_finds_what_catches_the_eye() -> None:
    renditions = [{"name": "one", "width": 32, "height": 32, "fit": "cover", "focus": "salient"}]
    image = Image.new("RGB", (300, 100), (200, 200, 200))
    image.paste((255, 0, 0), (250, 30, 290, 70))
    file = develop(saved(image, "PNG"), recipe("webp", renditions=renditions), LIMITS).files[0]
    assert (255, 0, 0) in {colour for _, colour in opened(file).getcolors(1024) or []}


def test_known_faces_come_before_what_catches_the_eye() -> None:
    renditions = [{"name": "one", "width": 32, "height": 32, "fit": "cover", "focus": "salient"}]
    image = Image.new("RGB", (300, 100), (200, 200, 200))
    image.paste((255, 0, 0), (250, 30, 290, 70))
    face = Focus(faces=(Area(0.0, 0.3, 0.133, 0.4),))
    asked = recipe("webp", renditions=renditions)
    file = develop(saved(image, "PNG"), asked, LIMITS, focus=face).files[0]
    assert opened(file).getcolors() == [(1024, (200, 200, 200))]


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_an_animation_is_kept_where_asked(form: str) -> None:
    developed = develop(animated(form), recipe("jpeg", animated="keep"), LIMITS)
    files = by_name(developed)
    assert set(files) == {
        (name, form)
        for name in ("thumbnail", "small", "large", "enhanced")
        for form in ("jpeg", "webp")
    }
    moving: Any = opened(files["large", "webp"])
    assert (moving.n_frames, moving.size, moving.info["loop"]) == (3, (150, 100), 0)
    seen = []
    for number in range(3):
        moving.seek(number)
        moving.load()
        assert moving.info["duration"] == 80
        seen.append(moving.convert("RGB").getpixel((37, 25)))
    for colour, expected in zip(seen, CHART, strict=False):
        assert difference(colour, expected) < 6


def test_an_animation_becomes_its_first_frame_where_that_is_asked() -> None:
    developed = develop(animated("GIF"), recipe("webp", animated="first"), LIMITS)
    assert developed.frames == 3
    assert not getattr(opened(developed.files[2]), "is_animated", False)


def test_a_rendition_larger_than_1600_pixels_does_not_move() -> None:
    frames = [Image.new("RGB", (1700, 10), colour) for colour in ("red", "green", "blue")]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    renditions = [
        {"name": "huge", "width": 1700, "height": 1700},
        {"name": "large", "width": 1600, "height": 1600},
    ]
    files = develop(data, recipe("webp", renditions=renditions, animated="keep"), LIMITS).files
    assert [getattr(opened(one), "is_animated", False) for one in files] == [False, True]


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (replace(LIMITS, frames=2), "too_many_frames"),
        (replace(LIMITS, pixels=30_000), "too_many_pixels"),
        (replace(LIMITS, memory=600_000), "too_much_memory"),
    ],
)
@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_an_animation_beyond_the_limits_becomes_a_still_and_the_reason_is_recorded(
    form: str, limits: Limits, reason: str
) -> None:
    renditions = [
        {"name": "large", "width": 150, "height": 150},
        {"name": "larger", "width": 170, "height": 170, "enlarge": True},
        {"name": "largest", "width": 190, "height": 190, "enlarge": True},
    ]
    asked = recipe("jpeg", animated="keep", renditions=renditions)
    developed = develop(animated(form), asked, limits)
    assert (developed.frames, developed.stilled) == (3, reason)
    assert {file.format for file in developed.files} == {"jpeg"}
    seen = opened(by_name(developed)["large", "jpeg"]).convert("RGB").getpixel((37, 25))
    assert difference(seen, CHART[0]) < 6  # type: ignore[arg-type]


def test_an_animation_that_is_kept_or_not_to_be_kept_has_no_reason_to_be_a_still() -> None:
    tight = replace(LIMITS, frames=2)
    assert develop(animated("GIF"), recipe(animated="keep"), LIMITS).stilled is None
    assert develop(animated("GIF"), recipe(animated="first"), tight).stilled is None
    assert develop(jpeg(), recipe(animated="keep"), tight).stilled is None


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (2, 3)])
def test_the_smallest_and_the_thinnest_pictures_are_developed(size: tuple[int, int]) -> None:
    data = saved(Image.new("RGB", size, "teal"), "PNG")
    developed = develop(data, recipe("jpeg", "webp", "avif"), LIMITS)
    assert len(developed.files) == 12
    assert developed.colours[0].hex == "#008080"


@pytest.mark.parametrize("name", ["thumbnail", "large", "enhanced"])
@pytest.mark.parametrize("form", ["jpeg", "webp", "avif"])
def test_one_rendition_alone_has_the_bytes_that_it_has_alone_in_a_recipe(
    name: str, form: str
) -> None:
    every = recipe("jpeg", "webp", "avif")
    rendition = next(each for each in every.renditions if each.name == name)
    entry = next(each for each in every.formats if each.format == form)
    focus = Focus(faces=(Area(0.1, 0.2, 0.3, 0.4),))
    alone = replace(every, renditions=(rendition,), formats=(entry,))
    file = develop_one(jpeg(), rendition, entry, every, LIMITS, focus=focus)
    assert (file,) == develop(jpeg(), alone, LIMITS, focus=focus).files


def test_one_rendition_of_an_animation_moves_in_webp_and_in_no_other_format() -> None:
    kept = recipe("jpeg", "webp", animated="keep")
    jpeg_entry, webp_entry = kept.formats
    data = animated("GIF")
    still = develop_one(data, kept.renditions[1], jpeg_entry, kept, LIMITS)
    moving = develop_one(data, kept.renditions[1], webp_entry, kept, LIMITS)
    first = develop_one(
        data, kept.renditions[1], webp_entry, replace(kept, animated="first"), LIMITS
    )
    assert still.format == "jpeg"
    assert [getattr(opened(each), "n_frames", 1) for each in (moving, first)] == [3, 1]
