"""Decoding and measuring."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from local.rekognition.errors import InvalidImageFormatError
from local.rekognition.pictures import decode, digest, shrink
from local.rekognition.properties import Quality, dominant_colors, measure_quality
from tests.local.rekognition.drawing import encoded, plain
from tests.noise import noise


def two_halves(width: int = 200, height: int = 100) -> Image.Image:
    """Red left, blue right."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    return image


@pytest.mark.parametrize(
    ("orientation", "size", "top_left"),
    [
        (1, (200, 100), "red"),
        (2, (200, 100), "blue"),
        (3, (200, 100), "blue"),
        (4, (200, 100), "red"),
        (5, (100, 200), "red"),
        (6, (100, 200), "red"),
        (7, (100, 200), "blue"),
        (8, (100, 200), "blue"),
    ],
)
def test_an_orientation_in_exif_is_applied(
    orientation: int, size: tuple[int, int], top_left: str
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = decode(encoded(two_halves(), "JPEG", exif=exif, quality=95))
    assert (picture.width, picture.height) == size
    assert picture.view.size == size
    red, _, blue = picture.view.getpixel((10, 10))  # type: ignore[misc]
    assert ("red" if red > blue else "blue") == top_left


def test_transparency_is_laid_on_white() -> None:
    clear = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    assert decode(encoded(clear)).view.getpixel((50, 50)) == (255, 255, 255)


def test_sixteen_bit_grey_keeps_its_level() -> None:
    grey = Image.fromarray(np.full((90, 90), 32_768, dtype=np.uint16))
    assert decode(encoded(grey)).view.getpixel((5, 5)) == (128, 128, 128)


def test_a_large_picture_is_scaled_down_and_remembers_its_size() -> None:
    picture = decode(plain(3000, 1500, kind="JPEG"), longest=500)
    assert (picture.width, picture.height) == (3000, 1500)
    assert picture.view.size == (500, 250)


def test_a_small_picture_is_not_scaled_up() -> None:
    assert decode(plain(120, 80)).view.size == (120, 80)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF", "BMP"])
def test_only_jpeg_and_png_are_pictures(kind: str) -> None:
    with pytest.raises(InvalidImageFormatError):
        decode(plain(kind=kind))


def test_different_contents_have_different_digests() -> None:
    assert digest(b"a") == digest(b"a") != digest(b"b")


def test_shrink_never_enlarges() -> None:
    view = Image.new("RGB", (40, 20))
    assert shrink(view, 100).shape == (20, 40, 3)
    assert shrink(view, 20).shape == (10, 20, 3)


def test_a_flat_picture_has_brightness_and_nothing_else() -> None:
    white = np.full((200, 300, 3), 255, dtype=np.uint8)
    assert measure_quality(white) == Quality(brightness=100, sharpness=0, contrast=0)


def test_black_and_white_stripes_have_full_contrast() -> None:
    stripes = np.zeros((200, 200, 3), dtype=np.uint8)
    stripes[:, ::2] = 255
    quality = measure_quality(stripes)
    assert quality.contrast == pytest.approx(100)
    assert quality.brightness == pytest.approx(50)


def test_each_blur_takes_sharpness_away() -> None:
    sharp = noise((300, 300), 80).convert("RGB")
    sharpness = [
        measure_quality(np.asarray(sharp.filter(ImageFilter.GaussianBlur(radius)))).sharpness
        for radius in (0, 1, 2, 4)
    ]
    assert sharpness == sorted(sharpness, reverse=True)
    assert sharpness[0] > 90
    assert sharpness[-1] < 40


def test_a_sharp_subject_before_a_soft_ground_is_sharp() -> None:
    soft = Image.new("RGB", (400, 400), "grey")
    everywhere = measure_quality(np.asarray(soft)).sharpness
    soft.paste(noise((120, 120), 80).convert("RGB"), (140, 140))
    assert everywhere == 0
    assert measure_quality(np.asarray(soft)).sharpness > 80


def test_colours_are_css_names_with_their_share_the_most_frequent_first() -> None:
    pixels = np.asarray(two_halves(100, 100)).copy()
    pixels[:, :70] = (255, 0, 0)
    found = dominant_colors(pixels, 10)
    assert [(one["CSSColor"], one["PixelPercent"]) for one in found] == [
        ("red", 70.0),
        ("blue", 30.0),
    ]
    assert found[1]["HexCode"] == "#0000ff"
    assert [one["CSSColor"] for one in dominant_colors(pixels, 1)] == ["red"]
    assert dominant_colors(pixels, 0) == []


def test_a_colour_between_names_gets_the_nearest() -> None:
    almost_tan = np.full((50, 50, 3), (208, 182, 138), dtype=np.uint8)
    (found,) = dominant_colors(almost_tan, 5)
    assert (found["CSSColor"], found["SimplifiedColor"]) == ("tan", "brown")


def test_every_named_colour_is_found_as_itself() -> None:
    from local.rekognition.properties import _palette

    palette = _palette()
    for name, rgb in zip(palette.names, palette.rgb, strict=True):
        pixels = np.broadcast_to(rgb, (4, 4, 3))
        (found,) = dominant_colors(np.ascontiguousarray(pixels), 1)
        exact = np.abs(np.array([found["Red"], found["Green"], found["Blue"]]) - rgb).max()
        # The grid has steps of eight levels: two names closer than that may stand for each other.
        assert exact <= 16, name
