"""Each step changes the pixels that it should, to the value that it should, and no others."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from pictures.encoding import largest_within
from pictures.limits import Limits
from pipeline.recipe import Format, Recipe, Rendition, Watermark
from proofs.specimens import animated, saved
from rendering.framing import WHOLE, Area, Focus, Frame
from rendering.renditions import develop, develop_one
from rendering.steps import Steps, apply, border, size_of

LIMITS = Limits.for_memory(1769)
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def halves(width: int = 40, height: int = 20) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image


def done(image: Image.Image, steps: Steps, **marks: Image.Image) -> Image.Image:
    return apply(image, Frame(image.size, WHOLE), steps, marks)


def test_nothing_is_done_without_a_step() -> None:
    image = halves()
    assert done(image, Steps()) is image


@pytest.mark.parametrize(
    ("angle", "size", "first"), [(90, (20, 40), RED), (180, (40, 20), BLUE), (270, (20, 40), BLUE)]
)
def test_a_picture_is_turned_clockwise(
    angle: int, size: tuple[int, int], first: tuple[int, int, int]
) -> None:
    """The left half comes to the top, to the right, to the bottom."""
    turned = done(halves(), Steps(rotate=angle))
    assert turned.size == size == size_of(Frame((40, 20), WHOLE), Steps(rotate=angle))
    assert turned.getpixel((0, 0)) == first


@pytest.mark.parametrize(("mode", "level"), [("RGB", 76), ("RGBA", (76, 255)), ("L", 255)])
def test_grey_keeps_brightness_and_transparency(mode: str, level: Any) -> None:
    grey = done(
        Image.new("RGB", (4, 4), RED if mode != "L" else WHITE).convert(mode), Steps(grey=True)
    )
    assert grey.getpixel((0, 0)) == level


def test_a_blur_mixes_neighbours_alone() -> None:
    blurred = done(halves(100, 20), Steps(blur=2))
    assert blurred.getpixel((10, 10)) == RED
    assert blurred.getpixel((90, 10)) == BLUE
    red, _, blue = pixel(blurred, (50, 10))
    assert 90 < red < 165
    assert 90 < blue < 165


def test_a_blur_takes_no_colour_from_what_is_transparent() -> None:
    image = Image.new("RGBA", (100, 20), (*GREEN, 0))
    image.paste((*RED, 255), (0, 0, 50, 20))
    blurred = done(image, Steps(blur=2))
    red, green, _, alpha = pixel(blurred, (50, 10))
    assert (red, green) == (255, 0)
    assert 90 < alpha < 165


def test_sharpening_raises_the_contrast_of_edges_and_leaves_flat_parts() -> None:
    image = Image.new("L", (40, 20), 100)
    image.paste(150, (20, 0, 40, 20))
    sharp = done(image, Steps(sharpen=100))
    assert (sharp.getpixel((2, 10)), sharp.getpixel((37, 10))) == (100, 150)
    assert pixel(sharp, (19, 10))[0] < 100
    assert pixel(sharp, (20, 10))[0] > 150


@pytest.mark.parametrize(("mode", "inside"), [("RGB", RED), ("L", (76, 76, 76))])
def test_padding_fills_the_box_around_the_picture(mode: str, inside: tuple[int, int, int]) -> None:
    image = Image.new("RGB", (40, 20), RED).convert(mode)
    steps = Steps(pad=("#00ff00", (40, 40)))
    padded = done(image, steps)
    assert padded.size == (40, 40) == size_of(Frame((40, 20), WHOLE), steps)
    assert [padded.getpixel((0, row)) for row in (0, 9, 10, 29, 30, 39)] == [
        *(GREEN, GREEN, inside, inside, GREEN, GREEN)
    ]


def test_padding_shows_through_a_transparent_picture() -> None:
    padded = done(Image.new("RGBA", (4, 4), (*RED, 0)), Steps(pad=("#00ff00", (4, 4))))
    assert padded.getcolors() == [(16, GREEN)]


def test_round_corners_are_transparent_and_half_the_side_makes_a_circle() -> None:
    rounded = done(Image.new("RGB", (40, 40), RED), Steps(round=50))
    corners = [rounded.getpixel(at) for at in ((0, 0), (39, 0), (0, 39), (39, 39))]
    assert corners == [(*RED, 0)] * 4
    assert [rounded.getpixel(at) for at in ((20, 20), (20, 0), (0, 20))] == [(*RED, 255)] * 3
    opaque = sum(rounded.getchannel("A").histogram()[128:])
    assert abs(opaque - 3.14159 * 20 * 20) < 20


def test_round_corners_keep_what_is_transparent() -> None:
    rounded = done(Image.new("RGBA", (40, 40), (*RED, 100)), Steps(round=10))
    assert (rounded.getpixel((0, 0)), rounded.getpixel((20, 20))) == ((*RED, 0), (*RED, 100))


def mark(**changes: Any) -> Watermark:
    return replace(Watermark(name="logo", sha256="a" * 64, opacity=100, size=20), **changes)


@pytest.mark.parametrize(
    ("place", "box"),
    [
        ("top-left", (2, 2, 22, 12)),
        ("top-right", (78, 2, 98, 12)),
        ("bottom-left", (2, 88, 22, 98)),
        ("bottom-right", (78, 88, 98, 98)),
        ("centre", (40, 45, 60, 55)),
    ],
)
def test_a_watermark_lies_in_its_place(place: Any, box: tuple[int, int, int, int]) -> None:
    image = Image.new("RGB", (100, 100), WHITE)
    logo = Image.new("RGB", (40, 20), RED)
    marked = done(image, Steps(watermark=mark(place=place)), logo=logo)
    expected = image.copy()
    expected.paste(RED, box)
    assert marked.mode == "RGB"
    assert marked.tobytes() == expected.tobytes()
    assert image.getcolors() == [(10_000, WHITE)]


@pytest.mark.parametrize(
    ("opacity", "shown"), [(100, RED), (50, (255, 128, 128)), (1, (255, 253, 253))]
)
def test_a_watermark_is_as_opaque_as_it_should_be(
    opacity: int, shown: tuple[int, int, int]
) -> None:
    logo = Image.new("RGBA", (40, 20), (*RED, 255))
    steps = Steps(watermark=mark(place="centre", opacity=opacity))
    marked = done(Image.new("RGB", (100, 100), WHITE), steps, logo=logo)
    assert marked.getpixel((50, 50)) == shown


def test_what_is_transparent_in_a_watermark_shows_the_picture() -> None:
    logo = Image.new("RGBA", (40, 20), (*RED, 0))
    marked = done(Image.new("RGB", (100, 100), WHITE), Steps(watermark=mark()), logo=logo)
    assert marked.getcolors() == [(10_000, WHITE)]


def test_a_watermark_fits_into_a_picture_that_is_lower_than_it() -> None:
    tall = Image.new("RGB", (10, 100), RED)
    steps = Steps(watermark=mark(size=100, place="centre"))
    marked = done(Image.new("RGB", (200, 50), WHITE), steps, logo=tall)
    assert marked.getchannel("G").point([255] + [0] * 255).getbbox() == (97, 1, 102, 49)


def test_a_border_is_what_is_like_the_corner() -> None:
    image = Image.new("RGB", (100, 50), (250, 250, 250))
    image.paste(RED, (20, 10, 60, 30))
    image.putpixel((0, 49), (245, 250, 250))
    assert border(image, 5) == Area(0.2, 0.2, 0.4, 0.4)
    assert border(image, 1) == Area(0.0, 0.2, 0.6, 0.8)
    assert border(Image.new("RGB", (9, 9), RED), 5) == WHOLE
    assert border(Image.new("L", (9, 9), 7), 100) == WHOLE


@pytest.mark.parametrize("hiding", ["blur", "pixelate"])
def test_of_a_hidden_area_nothing_is_left_and_around_it_everything(hiding: Any) -> None:
    noise = Image.effect_noise((120, 120), 200)
    area = Area(0.25, 0.25, 0.25, 0.25)
    hidden = done(noise, Steps(hidden=((hiding, area),)))
    box = (24, 24, 67, 67)  # 30 to 60, and a fifth of 30 more on each side
    assert deviation(hidden.crop(box)) < deviation(noise.crop(box)) / 4
    for image in (hidden, noise):
        image.paste(0, box)
    assert hidden.tobytes() == noise.tobytes()


def test_a_pixelated_area_has_six_cells_a_side() -> None:
    noise = Image.effect_noise((120, 120), 200)
    hidden = done(noise, Steps(hidden=(("pixelate", WHOLE),)))
    assert [
        hidden.crop((20 * column, 20 * row, 20 * column + 20, 20 * row + 20)).getextrema()
        for column in range(6)
        for row in range(6)
    ] == [
        (level, level)
        for level in (
            hidden.getpixel((20 * column + 5, 20 * row + 5))
            for column in range(6)
            for row in range(6)
        )
    ]


def test_a_hidden_area_is_found_in_a_crop_and_left_out_of_one_without_it() -> None:
    noise = Image.effect_noise((100, 100), 200)
    right = Frame((100, 100), Area(0.5, 0.5, 0.5, 0.5))
    outside = apply(noise, right, Steps(hidden=(("blur", Area(0.1, 0.1, 0.2, 0.2)),)), {})
    assert outside is noise
    inside = apply(noise, right, Steps(hidden=(("pixelate", Area(0.75, 0.75, 0.25, 0.25)),)), {})
    assert inside.crop((0, 0, 40, 40)).tobytes() == noise.crop((0, 0, 40, 40)).tobytes()
    assert (
        deviation(inside.crop((60, 60, 100, 100))) < deviation(noise.crop((60, 60, 100, 100))) / 4
    )


def deviation(image: Image.Image) -> float:
    histogram = image.histogram()
    count = sum(histogram)
    mean = sum(level * each for level, each in enumerate(histogram)) / count
    variance = sum(each * (level - mean) ** 2 for level, each in enumerate(histogram)) / count
    return float(variance**0.5)


def pixel(image: Image.Image, at: tuple[int, int]) -> tuple[int, ...]:
    found = image.getpixel(at)
    return found if isinstance(found, tuple) else (int(found or 0),)


def made(image: Image.Image, known: Focus | None = None, **steps: Any) -> Image.Image:
    """The rendition of a PNG, read back from a lossy file of high quality."""
    rendition = Rendition(**{"name": "a", "width": 40, "height": 40, "quality": 100, **steps})
    entry = Format(format="webp")
    recipe = Recipe(renditions=(rendition,), formats=(entry,))
    file = develop_one(saved(image, "PNG"), rendition, entry, recipe, LIMITS, focus=known)
    opened = Image.open(io.BytesIO(file.data))
    assert opened.size == (file.width, file.height)
    return opened


def near(image: Image.Image, at: tuple[int, int], colour: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 12 for a, b in zip(pixel(image, at), colour, strict=True))


def test_a_turned_rendition_fits_its_box() -> None:
    turned = made(halves(80, 40), rotate=90, width=20, height=60)
    assert turned.size == (20, 40)
    assert near(turned, (10, 5), RED)
    assert near(turned, (10, 35), BLUE)


def test_a_turned_crop_keeps_the_focus_in_view() -> None:
    point = Focus(point=Area(0.9, 0.5, 0.0, 0.0))
    cropped = made(
        halves(80, 40), point, rotate=90, width=20, height=20, fit="cover", focus="salient"
    )
    assert cropped.size == (20, 20)
    assert near(cropped, (10, 10), BLUE)


def test_a_trimmed_rendition_shows_what_the_border_surrounds() -> None:
    framed = Image.new("RGB", (120, 80), WHITE)
    framed.paste(halves(80, 40), (20, 20))
    assert made(framed, width=40, height=40, trim=5).size == (40, 20)
    cropped = made(framed, width=10, height=10, trim=5, fit="cover")
    assert near(cropped, (1, 1), RED)
    assert near(cropped, (8, 8), BLUE)


def test_faces_are_hidden_where_they_are_after_trimming_and_cropping() -> None:
    framed = Image.new("RGB", (240, 160), WHITE)
    framed.paste(halves(160, 80), (40, 40))
    face = Focus(faces=(Area(90 / 240, 60 / 160, 60 / 240, 40 / 160),), searched=("faces",))
    hidden = made(framed, face, trim=5, width=160, height=80, hide_faces="pixelate")
    assert near(hidden, (5, 40), RED)
    assert not near(hidden, (79, 40), RED)


@pytest.mark.parametrize("focus", [None, Focus(), Focus(searched=("faces",))])
def test_nothing_is_made_that_hides_what_nobody_looked_for(focus: Focus | None) -> None:
    with pytest.raises(ValueError, match="a must be made after an analysis of text: it hides them"):
        made(halves(), focus, hide_text="blur")


def test_a_rendition_has_its_own_quality() -> None:
    data = saved(Image.effect_noise((90, 90), 90), "PNG")
    low = Rendition(name="low", width=90, height=90, quality=10)
    recipe = Recipe(
        renditions=(
            low,
            replace(low, name="own", quality=0),
            replace(low, name="same", quality=80),
        ),
        formats=(Format(format="jpeg", quality=80),),
    )
    files = develop(data, recipe, LIMITS).files
    assert len(files[0].data) < len(files[1].data) / 2
    assert files[1].data == files[2].data


@pytest.mark.parametrize("form", ["jpeg", "webp", "avif"])
def test_a_file_has_at_most_so_many_bytes_of_the_best_quality_that_allows_it(form: Any) -> None:
    data = saved(Image.effect_noise((90, 90), 90), "PNG")
    entry = Format(format=form, quality=90)
    free = Rendition(name="a", width=90, height=90)
    recipe = Recipe(renditions=(free,), formats=(entry,))

    def size(**changes: Any) -> int:
        return len(develop_one(data, replace(free, **changes), entry, recipe, LIMITS).data)

    most = size() // 2
    limited = size(max_bytes=most)
    sizes = [size(quality=quality) for quality in range(1, 91, 3)]
    assert limited <= most
    assert limited >= max(each for each in sizes if each <= most) * 0.9
    assert size(max_bytes=1) == size(quality=1)


def test_the_highest_quality_that_fits_is_found_in_few_tries() -> None:
    tried: list[int] = []

    def encoded(quality: int) -> bytes:
        tried.append(quality)
        return b"x" * quality

    for most in range(1, 101):
        tried.clear()
        assert len(largest_within(encoded, 100, most)) == most
        assert len(tried) <= 8
    assert len(largest_within(lambda quality: b"x" * (quality + 5), 100, 3)) == 6


def test_an_animation_that_is_kept_has_every_step_in_every_frame() -> None:
    rendition = Rendition(
        name="a", width=60, height=60, grey=True, pad="#0000ff", rotate=90, round=50
    )
    entry = Format(format="webp", quality=100)
    recipe = Recipe(renditions=(rendition,), formats=(entry,), animated="keep")
    file = develop_one(animated("GIF"), rendition, entry, recipe, LIMITS)
    moving: Any = Image.open(io.BytesIO(file.data))
    assert (moving.n_frames, moving.size) == (3, (60, 60))
    assert (file.width, file.height) == (60, 60)
    for number in range(3):
        moving.seek(number)
        frame = moving.convert("RGBA")
        assert frame.getpixel((0, 0))[3] == 0
        red, green, blue, alpha = frame.getpixel((30, 30))
        assert alpha == 255
        assert max(red, green, blue) - min(red, green, blue) < 12
        assert near(frame, (5, 30), (0, 0, 255, 255)) or near(frame, (3, 30), (0, 0, 255, 255))


@pytest.mark.parametrize(
    "hiding",
    [
        Rendition(name="hiding", width=60, height=60, hide_faces="blur"),
        Rendition(name="hiding", width=60, height=60, hide_text="pixelate"),
    ],
)
def test_an_animation_in_which_something_is_hidden_is_its_first_frame(hiding: Rendition) -> None:
    plain = Rendition(name="plain", width=60, height=60)
    entry = Format(format="webp")
    recipe = Recipe(renditions=(plain, hiding), formats=(entry,), animated="keep")
    nothing = Focus(searched=("faces", "text"))
    developed = develop(animated("GIF"), recipe, LIMITS, focus=nothing)
    alone = develop_one(animated("GIF"), hiding, entry, recipe, LIMITS, focus=nothing)
    frames = [
        getattr(Image.open(io.BytesIO(file.data)), "n_frames", 1)
        for file in (*developed.files, alone)
    ]
    assert frames == [3, 1, 1]


def test_a_watermark_is_converted_to_srgb_and_lies_on_every_format() -> None:
    rendition = Rendition(name="a", width=100, height=100, watermark="logo")
    recipe = Recipe(
        renditions=(rendition,),
        formats=(Format(format="jpeg", quality=95), Format(format="webp", quality=95)),
        watermarks=(mark(place="centre", size=50),),
    )
    logo = saved(Image.new("RGB", (40, 20), RED), "PNG")
    data = saved(Image.new("RGB", (100, 100), WHITE), "PNG")
    for file in develop(data, recipe, LIMITS, marks={"logo": logo}).files:
        image = Image.open(io.BytesIO(file.data)).convert("RGB")
        assert near(image, (50, 50), RED)
        assert near(image, (5, 5), WHITE)
