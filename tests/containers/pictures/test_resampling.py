"""Every resampling engine does the same, and is right where engines go wrong."""

from __future__ import annotations

import platform

import pytest
from PIL import Image, ImageChops, ImageStat

from pictures.resampling import ENGINE, ENGINES, resample


def distance(one: Image.Image, other: Image.Image) -> tuple[float, float]:
    """The mean and the largest difference of any channel."""
    statistics = ImageStat.Stat(ImageChops.difference(one, other))
    return max(statistics.mean), max(extreme[1] for extreme in statistics.extrema)


def whole(image: Image.Image) -> tuple[float, float, float, float]:
    return (0.0, 0.0, float(image.width), float(image.height))


def scene(mode: str) -> Image.Image:
    ground = Image.merge(
        "RGB",
        (
            Image.linear_gradient("L"),
            Image.radial_gradient("L"),
            Image.linear_gradient("L").rotate(90),
        ),
    ).resize((331, 257))
    if mode in ("RGBA", "LA"):
        ground.putalpha(Image.radial_gradient("L").resize(ground.size))
    return ground.convert(mode)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "CMYK"])
@pytest.mark.parametrize("size", [(100, 77), (331, 80), (17, 257), (1, 1), (500, 400)])
def test_every_engine_agrees_with_pillow(mode: str, size: tuple[int, int], engine: str) -> None:
    image = scene(mode)
    expected = image.resize(size, Image.Resampling.LANCZOS)
    result = ENGINES[engine](image, size, whole(image))
    assert (result.mode, result.size) == (mode, size)
    if mode in ("RGBA", "LA"):  # compare what is seen, not what lies under transparent pixels
        expected, result = (
            Image.alpha_composite(Image.new("RGBA", size, "white"), one.convert("RGBA"))
            for one in (expected, result)
        )
    mean, largest = distance(expected, result)
    assert mean < 0.6
    assert largest <= 4


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("box", [(10.0, 20.0, 210.5, 150.25), (0.0, 0.0, 331.0, 128.5)])
def test_a_part_of_a_picture_agrees_with_pillow(
    box: tuple[float, float, float, float], engine: str
) -> None:
    image = scene("RGB")
    expected = image.resize((64, 48), Image.Resampling.LANCZOS, box=box)
    mean, largest = distance(expected, ENGINES[engine](image, (64, 48), box))
    assert mean < 0.6
    assert largest <= 4


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "CMYK"])
def test_a_flat_picture_stays_flat_to_its_very_edges(mode: str, engine: str) -> None:
    colour = (90, 140, 200, 255)[: len(Image.new(mode, (1, 1)).getbands())]
    if mode == "LA":
        colour = (90, 255)
    image = Image.new(mode, (257, 131), colour if len(colour) > 1 else colour[0])
    for size in ((100, 50), (256, 130), (3, 2)):
        result = ENGINES[engine](image, size, whole(image))
        assert result.getcolors() == [(size[0] * size[1], image.getpixel((0, 0)))]


@pytest.mark.parametrize("engine", ENGINES)
def test_colours_under_transparent_pixels_do_not_bleed(engine: str) -> None:
    image = Image.new("RGBA", (200, 200), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (50, 50, 150, 150))
    result = ENGINES[engine](image, (40, 40), whole(image))
    for count, (red, green, blue, alpha) in result.getcolors(1600) or []:  # type: ignore[misc]
        assert count > 0
        if alpha > 8:
            assert (red, green) == (0, 0)
            assert blue >= 250


def test_a_mirrored_picture_comes_out_mirrored() -> None:
    image = scene("RGB")
    mirrored = resample(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), (97, 61))
    mean, largest = distance(
        resample(image, (97, 61)), mirrored.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    )
    assert mean < 0.1
    assert largest <= 1


def test_a_picture_of_the_right_size_is_left_alone() -> None:
    image = scene("RGB")
    assert resample(image, image.size) is image


def test_the_engine_is_the_best_that_this_architecture_has() -> None:
    best = "cykooz-resizer" if platform.machine() == "x86_64" else "libvips"
    assert ENGINE.split(" ")[0] == best
    assert [name.split(" ")[0] for name in ENGINES][-1] == "libvips"
