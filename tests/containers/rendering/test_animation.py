"""Animations keep their timing as browsers show it, within the ranges of WebP."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from pictures.limits import Limits
from proofs.specimens import CHART, chart, frames
from proofs.specimens.motion import Cel, apng, gif
from proofs.specimens.profiles import difference
from rendering.renditions import Developed, develop
from tests.containers.rendering.test_renditions import recipe

LIMITS = Limits.for_memory(1769)
SIZE = (192, 128)


def moved(data: bytes, **changes: Any) -> tuple[Developed, Any]:
    renditions = [{"name": "one", "width": 96, "height": 64}]
    asked = recipe("webp", renditions=renditions, **{"animated": "keep"} | changes)
    developed = develop(data, asked, LIMITS)
    return developed, Image.open(io.BytesIO(developed.files[0].data))


def delays(animation: Any) -> list[int]:
    found = []
    for number in range(animation.n_frames):
        animation.seek(number)
        animation.load()
        found.append(animation.info["duration"])
    return found


def cels(*delays: tuple[int, int]) -> tuple[Cel, ...]:
    shown = [frame.convert("RGB").quantize(8) for frame in frames()]
    return tuple(Cel(shown[n % 3], delay=delay) for n, delay in enumerate(delays))


@pytest.mark.parametrize(
    ("loops", "plays"), [(None, 1), (0, 0), (1, 2), (65_534, 65_535), (65_535, 65_535)]
)
def test_a_gif_that_repeats_plays_once_more_than_it_repeats(loops: int | None, plays: int) -> None:
    _, animation = moved(gif(SIZE, *cels((8, 100), (8, 100)), loops=loops))
    assert animation.info["loop"] == plays


@pytest.mark.parametrize(("loops", "plays"), [(0, 0), (3, 3), (65_536, 65_535), (2**31, 65_535)])
def test_an_apng_plays_as_often_as_it_says_within_the_range_of_webp(loops: int, plays: int) -> None:
    _, animation = moved(apng(SIZE, *cels((8, 100), (8, 100)), loops=loops))
    assert animation.info["loop"] == plays


def test_delays_too_short_to_be_meant_are_a_tenth_of_a_second() -> None:
    given = ((0, 1000), (10, 1000), (11, 1000), (1, 60), (1, 0))
    _, animation = moved(apng(SIZE, *cels(*given)))
    assert delays(animation) == [100, 100, 11, 17, 100]
    _, animation = moved(gif(SIZE, *cels((0, 100), (1, 100), (2, 100))))
    assert delays(animation) == [100, 100, 20]


def test_delays_beyond_the_range_of_webp_are_its_longest() -> None:
    _, animation = moved(apng(SIZE, *cels((65_535, 1), (1, 10))))
    assert delays(animation) == [2**24 - 1, 100]
    _, animation = moved(
        apng(
            (4, 4),
            *(Cel(Image.new("RGB", (4, 4), (n, 0, 0)), delay=(65_535, 1)) for n in range(250)),
        )
    )
    assert animation.n_frames == 250
    assert set(delays(animation)) == {(2**31 - 1) // 250}


def test_the_hidden_picture_of_an_apng_is_shown_nowhere() -> None:
    data = apng(SIZE, *map(Cel, frames()), hidden=Image.new("RGB", SIZE, "black"))
    developed, animation = moved(data)
    assert (developed.frames, animation.n_frames) == (3, 3)
    first, still = animation.convert("RGB"), moved(data, animated="first")[1].convert("RGB")
    for image in (first, still):
        assert difference(image.getpixel((20, 20)), CHART[0]) < 6


def test_an_apng_of_one_frame_and_a_hidden_picture_is_a_still_of_that_frame() -> None:
    developed, still = moved(apng(SIZE, Cel(chart()), hidden=Image.new("RGB", SIZE, "black")))
    assert developed.frames == 1
    assert difference(still.convert("RGB").getpixel((20, 20)), CHART[0]) < 6


def test_an_animation_keeps_what_is_transparent() -> None:
    small = frames("RGB")[0].resize((96, 64)).quantize(8)
    _, animation = moved(gif(SIZE, Cel(small, disposal=2), Cel(small, (96, 64), disposal=2)))
    seen = []
    for number in range(2):
        animation.seek(number)
        image = animation.convert("RGBA")
        seen.append([image.getpixel(place)[3] for place in ((12, 12), (60, 40))])
    assert seen == [[255, 0], [0, 255]]


@pytest.mark.parametrize(
    "data",
    [
        gif(SIZE, Cel(chart().quantize(8), disposal=2), Cel(chart(size=(96, 64)).quantize(8))),
        apng(SIZE, Cel(chart(), disposal=1), Cel(chart(size=(96, 64)), over=True)),
    ],
    ids=["GIF", "APNG"],
)
def test_an_area_that_is_cleared_between_frames_is_transparent(data: bytes) -> None:
    developed, animation = moved(data)
    assert developed.files[0].data[20] & 0x10, "viewers take the file for opaque"
    animation.seek(1)
    assert animation.mode == "RGBA"
    assert [animation.getpixel(at)[3] for at in ((10, 10), (80, 50))] == [255, 0]
