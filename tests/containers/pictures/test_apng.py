"""An animated PNG's canvas is what a browser shows after each frame."""

from __future__ import annotations

import pytest
from PIL import Image

from pictures.apng import parse
from proofs.specimens import GOOD, animated, chart, saved
from proofs.specimens.motion import Cel, apng

RED, GREEN, BLUE = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255)
FAINT, NONE = (0, 0, 255, 128), (0, 0, 0, 0)
Colour = tuple[int, int, int, int]


def flat(colour: Colour, size: tuple[int, int] = (4, 4)) -> Image.Image:
    return Image.new("RGBA", size, colour)


def shown(data: bytes, *places: tuple[int, int]) -> list[list[object]]:
    """The pixels at these places after each frame."""
    animation = parse(data)
    assert animation is not None
    return [[image.getpixel(place) for place in places] for image, _ in animation.images()]


GROUND = Cel(flat(GREEN, (8, 4)))


@pytest.mark.parametrize(
    ("disposal", "after"), [(0, [BLUE, GREEN]), (1, [NONE, GREEN]), (2, [GREEN, GREEN])]
)
def test_an_area_stays_is_cleared_or_is_as_before(disposal: int, after: list[Colour]) -> None:
    last = Cel(flat(RED, (1, 1)), (7, 3))
    data = apng((8, 4), GROUND, Cel(flat(BLUE), disposal=disposal), last)
    assert shown(data, (1, 1), (6, 1)) == [[GREEN, GREEN], [BLUE, GREEN], after]


def test_nothing_is_before_the_first_frame() -> None:
    data = apng((8, 4), Cel(flat(GREEN, (8, 4)), disposal=2), Cel(flat(BLUE)))
    assert shown(data, (1, 1), (6, 1)) == [[GREEN, GREEN], [BLUE, NONE]]


@pytest.mark.parametrize(("over", "seen"), [(False, FAINT), (True, (0, 127, 128, 255))])
def test_a_frame_replaces_what_is_there_or_is_laid_over_it(over: bool, seen: Colour) -> None:
    _, (below, beside) = shown(apng((8, 4), GROUND, Cel(flat(FAINT), over=over)), (1, 1), (6, 1))
    assert beside == GREEN
    assert isinstance(below, tuple)
    assert max(abs(one - other) for one, other in zip(below, seen, strict=True)) <= 1


def test_a_hidden_picture_is_no_frame_and_a_first_frame_may_be_smaller() -> None:
    data = apng((8, 4), Cel(flat(BLUE), (2, 0)), GROUND, hidden=flat(RED, (8, 4)))
    animation = parse(data)
    assert animation is not None
    assert (animation.hidden, len(animation.frames)) == (True, 2)
    assert shown(data, (0, 0), (3, 3)) == [[NONE, BLUE], [GREEN, GREEN]]
    still = animation.still()
    assert [still.getpixel(place) for place in ((0, 0), (3, 3))] == [NONE, BLUE]


def test_frames_share_the_palette_and_its_transparency() -> None:
    first, second = (Image.new("P", (4, 4), index) for index in (1, 2))
    for image in (first, second):
        image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    second.paste(0, (0, 0, 2, 4))
    data = saved(first, "PNG", save_all=True, append_images=[second], blend=0, transparency=0)
    assert shown(data, (1, 1), (3, 1)) == [[GREEN, GREEN], [(255, 0, 0, 0), BLUE]]


def test_delays_and_plays_are_read() -> None:
    cels = [Cel(flat(RED), delay=delay) for delay in ((1, 10), (1, 60), (3, 0))]
    animation = parse(apng((4, 4), *cels, loops=5))
    assert animation is not None
    assert animation.plays == 5
    assert [round(each.milliseconds) for each in animation.frames] == [100, 17, 30]


def test_a_still_is_no_animation() -> None:
    assert parse(saved(chart(), "PNG")) is None
    for specimen in GOOD:
        if specimen.content_type == "image/png":
            assert (parse(specimen.data) is None) == (specimen.frames == 1)


def test_of_a_file_that_is_cut_the_whole_frames_are_found() -> None:
    whole = animated("PNG")
    assert [len(parse(whole[:cut]).frames) for cut in (len(whole), len(whole) - 40)] == [3, 2]  # type: ignore[union-attr]
