"""The automatic correction helps a poor picture, and leaves a good one all but alone."""

from __future__ import annotations

from PIL import Image, ImageChops, ImageStat

from rendering.enhancement import enhance
from tests.noise import noise


def scene() -> Image.Image:
    bands = (
        Image.linear_gradient("L"),
        Image.linear_gradient("L").rotate(90),
        Image.radial_gradient("L"),
    )
    grains = noise((256, 256), 20)
    return Image.merge("RGB", [ImageChops.blend(band, grains, 0.3) for band in bands])


def clipped(image: Image.Image) -> float:
    histogram = image.convert("L").histogram()
    return (histogram[0] + histogram[255]) / sum(histogram)


def test_a_flat_picture_gains_contrast() -> None:
    flat = scene().point(lambda value: 60 + value // 3)
    before, after = (ImageStat.Stat(one.convert("L")).stddev[0] for one in (flat, enhance(flat)))
    assert after > before * 1.15


def test_a_colour_cast_is_reduced_by_at_most_5_per_cent_of_a_channel() -> None:
    red, green, blue = scene().split()
    cast = Image.merge("RGB", (red, green, blue.point(lambda value: value * 7 // 10)))
    before, after = (ImageStat.Stat(one).mean for one in (cast, enhance(cast)))
    assert after[2] / after[0] > before[2] / before[0] * 1.02
    assert after[2] / after[0] < before[2] / before[0] * 1.25


def test_a_good_picture_is_not_clipped() -> None:
    good = scene()
    assert clipped(enhance(good)) <= clipped(good) + 0.006


def test_a_dark_picture_becomes_lighter_but_not_day() -> None:
    dark = scene().point(lambda value: value // 4)
    before, after = (ImageStat.Stat(one.convert("L")).mean[0] for one in (dark, enhance(dark)))
    assert before < after < 2 * before


def test_one_colour_stays_one_colour() -> None:
    for colour in ("black", "white", "teal"):
        flat = Image.new("RGB", (50, 50), colour)
        assert len(enhance(flat).getcolors() or []) == 1


def test_grey_stays_grey_and_transparency_stays() -> None:
    grey = scene().convert("L")
    assert enhance(grey).mode == "L"
    image = scene()
    image.putalpha(Image.radial_gradient("L"))
    assert enhance(image).getchannel("A").tobytes() == image.getchannel("A").tobytes()
