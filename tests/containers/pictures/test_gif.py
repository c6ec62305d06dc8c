"""A GIF's canvas is what a browser shows after each frame."""

from __future__ import annotations

import pytest
from PIL import Image

from pictures.gif import parse
from pictures.limits import Limits, UnreadableError
from pictures.reading import read
from proofs.specimens.motion import Cel, gif

LIMITS = Limits.for_memory(1769)
RED, GREEN, BLUE = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255)
NONE = (0, 0, 0, 0)
PALETTE = [*RED[:3], *GREEN[:3], *BLUE[:3]]


def flat(index: int, size: tuple[int, int] = (4, 4)) -> Image.Image:
    image = Image.new("P", size, index)
    image.putpalette(PALETTE)
    return image


def shown(data: bytes, *places: tuple[int, int]) -> list[list[object]]:
    """The pixels at these places after each frame."""
    return [[image.getpixel(place) for place in places] for image, _ in parse(data).images()]


def test_what_is_never_painted_is_transparent() -> None:
    data = gif((8, 4), Cel(flat(1)))
    assert shown(data, (1, 1), (6, 1)) == [[GREEN, NONE]]
    picture = read(data, LIMITS, lambda size: size)
    assert picture.has_alpha
    assert picture.image.getpixel((6, 1)) == NONE


def test_an_opaque_frame_that_covers_the_canvas_has_no_alpha() -> None:
    assert not read(gif((4, 4), Cel(flat(1))), LIMITS, lambda size: size).has_alpha


def test_an_area_disposed_to_background_is_transparent_whatever_the_background_colour() -> None:
    data = gif((8, 4), Cel(flat(1, (8, 4)), disposal=2), Cel(flat(2)), background=0)
    assert shown(data, (1, 1), (6, 1)) == [[GREEN, GREEN], [BLUE, NONE]]


@pytest.mark.parametrize("disposal", [3, 4])
def test_an_area_disposed_to_previous_is_as_before(disposal: int) -> None:
    data = gif(
        (8, 4),
        Cel(flat(1, (8, 4)), disposal=1),
        Cel(flat(2), disposal=disposal),
        Cel(flat(0, (2, 2)), (6, 2)),
    )
    assert shown(data, (1, 1), (7, 3)) == [[GREEN, GREEN], [BLUE, GREEN], [GREEN, RED]]


@pytest.mark.parametrize("disposal", [0, 1, 5])
def test_an_area_that_is_not_disposed_stays(disposal: int) -> None:
    data = gif((8, 4), Cel(flat(1, (8, 4)), disposal=disposal), Cel(flat(2)))
    assert shown(data, (1, 1), (6, 1)) == [[GREEN, GREEN], [BLUE, GREEN]]


def test_a_transparent_index_leaves_what_was_there() -> None:
    image = flat(2)
    image.paste(0, (0, 0, 2, 4))
    data = gif((4, 4), Cel(flat(1)), Cel(image, transparent=0))
    assert shown(data, (0, 0), (3, 0)) == [[GREEN, GREEN], [GREEN, BLUE]]


def test_a_frame_beyond_the_canvas_is_clipped() -> None:
    data = gif((4, 4), Cel(flat(1)), Cel(flat(2), (2, 2), disposal=2), Cel(flat(0, (1, 1))))
    assert parse(data).size == (4, 4)
    assert shown(data, (0, 0), (3, 3)) == [[GREEN, GREEN], [GREEN, BLUE], [RED, NONE]]


def test_a_first_frame_beyond_the_canvas_enlarges_it() -> None:
    picture = read(gif((2, 2), Cel(flat(1), (1, 1))), LIMITS, lambda size: size)
    assert (picture.width, picture.height) == picture.image.size == (5, 5)
    assert [picture.image.getpixel(place) for place in ((0, 0), (4, 4))] == [NONE, GREEN]


def test_a_frame_without_pixels_is_no_frame() -> None:
    data = gif((4, 4), Cel(flat(1)), Cel(flat(2)))
    second = data.rindex(b"\x2c\0\0\0\0\4\0\4\0")
    empty = data[: second + 5] + bytes(4) + data[second + 9 :]
    assert len(parse(empty).frames) == 1


def test_a_gif_without_frames_is_cut_short() -> None:
    with pytest.raises(UnreadableError) as refused:
        read(gif((4, 4)), LIMITS, lambda size: size)
    assert refused.value.code == "truncated"


def test_loops_and_delays_are_read() -> None:
    cels = (Cel(flat(1), delay=(0, 100)), Cel(flat(2), delay=(65_535, 100)))
    animation = parse(gif((4, 4), *cels, loops=7))
    assert animation.plays == 8
    assert [milliseconds for _, milliseconds in animation.images()] == [0, 655_350]
    assert parse(gif((4, 4), *cels, loops=0)).plays == 0
    assert parse(gif((4, 4), *cels, loops=None)).plays == 1
