"""Hashes, colours and scores are right, and cheap."""

from __future__ import annotations

import base64

from PIL import Image, ImageFilter

from pictures.measures import dhash, dominant_colours, placeholder, scores
from pictures.thumbhash import thumbhash
from proofs.specimens import chart
from tests.noise import noise


def ramp(width: int, height: int, *, fading: bool = False) -> Image.Image:
    data = bytearray()
    for y in range(height):
        for x in range(width):
            alpha = 255 * (x + y) // (width + height - 2) if fading else 255
            across, down = 255 * x // max(width - 1, 1), 255 * y // max(height - 1, 1)
            data += bytes((across, down, (x * 7 + y * 13) % 256, alpha))
    return Image.frombytes("RGBA", (width, height), bytes(data))


def nibbles(hashed: bytes) -> list[int]:
    return [half for byte in hashed for half in (byte & 15, byte >> 4)]


def test_a_thumbhash_is_what_the_format_s_author_s_own_code_makes() -> None:
    # Made by the npm package thumbhash 0.1.1. A coefficient half way between two steps may fall to
    # either side, depending on the order of a sum.
    for image, expected in (
        (ramp(32, 20), "3/cJRJqAh3dgdndXiYZxoAj4eA=="),
        (ramp(20, 32), "4AcOLBpwF3eHdnR4eXiBgAb4dw=="),
        (ramp(16, 16, fading=True), "JQiGHQ4ngoeQiaiWdsDlDvlncHeAiId4eA=="),
        (ramp(100, 30), "3/cJOpqAhnZwd4eHcIAH+Hg="),
    ):
        ours, theirs = nibbles(thumbhash(image)), nibbles(base64.b64decode(expected))
        assert len(ours) == len(theirs)
        assert ours[:10] == theirs[:10]
        assert max(abs(a - b) for a, b in zip(ours, theirs, strict=True)) <= 1


def test_pictures_of_one_pixel_and_of_one_line_have_a_placeholder() -> None:
    for size in ((1, 1), (300, 1), (1, 300)):
        assert len(base64.b64decode(placeholder(Image.new("RGB", size, "teal")))) >= 5


def test_a_placeholder_is_short() -> None:
    assert len(base64.b64decode(placeholder(chart()))) < 30


def test_similar_pictures_have_similar_dhashes_and_different_ones_do_not() -> None:
    photograph = ramp(400, 300).convert("RGB").filter(ImageFilter.GaussianBlur(8))

    def apart(one: Image.Image, other: Image.Image) -> int:
        return (int(dhash(one), 16) ^ int(dhash(other), 16)).bit_count()

    assert len(dhash(photograph)) == 16
    assert apart(photograph, photograph.resize((200, 150))) <= 3
    assert apart(photograph, photograph.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) > 20


def test_dominant_colours_are_the_chart_s_own() -> None:
    colours = dominant_colours(chart())
    assert {colour.hex for colour in colours} == {"#c82828", "#28a03c", "#283cc8", "#dcdcdc"}
    assert all(0.24 < colour.share <= 0.25 for colour in colours)


def test_transparent_pixels_have_no_colour() -> None:
    image = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (0, 0, 32, 64))
    assert [colour.hex for colour in dominant_colours(image)] == ["#0000ff"]
    assert dominant_colours(Image.new("RGBA", (64, 64))) == ()


def test_a_blurred_picture_scores_lower_in_sharpness() -> None:
    sharp = noise((512, 400), 60).convert("RGB")
    blurred = sharp.filter(ImageFilter.GaussianBlur(4))
    assert scores(sharp).sharpness > 60
    assert scores(blurred).sharpness < 10


def test_exposure_is_measured() -> None:
    white, black = Image.new("RGB", (50, 50), "white"), Image.new("RGB", (50, 50))
    assert (scores(white).brightness, scores(white).highlights) == (100.0, 100.0)
    assert (scores(black).brightness, scores(black).shadows) == (0.0, 100.0)
    half = Image.new("L", (50, 50))
    half.paste(255, (0, 0, 25, 50))
    assert (scores(half).brightness, scores(half).contrast) == (50.0, 100.0)
