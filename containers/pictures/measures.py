"""Hashes, colours, sharpness and exposure, measured on a small copy of a picture."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cache
from math import cos, exp, pi
from statistics import median

from PIL import Image, ImageFilter, ImageStat

from pictures.resampling import resample
from pictures.thumbhash import thumbhash

__all__ = ["Colour", "Scores", "dhash", "dominant_colours", "phash", "placeholder", "scores"]

_WAVES, _GRID = 8, 32
"""The lowest frequencies that a perceptual hash keeps, and the side of the picture it looks at."""

_LAPLACIAN = ImageFilter.Kernel((3, 3), (0, -1, 0, -1, 4, -1, 0, -1, 0), 1, 128)


@dataclass(frozen=True)
class Colour:
    """A dominant colour."""

    hex: str
    share: float
    """Of the picture's visible area, 0 to 1."""


@dataclass(frozen=True)
class Scores:
    """Sharpness and exposure, each 0 to 100."""

    sharpness: float
    """From the variance of the Laplacian at 512 pixels: below 10 is blurred, above 50 crisp."""
    brightness: float
    """The mean lightness."""
    contrast: float
    """The spread of lightness, 100 for half black and half white."""
    shadows: float
    """The share of pixels that are all but black, in per cent."""
    highlights: float
    """The share of pixels that are all but white, in per cent."""


def _within(image: Image.Image, side: int) -> Image.Image:
    scale = min(1.0, side / max(image.size))
    width, height = (max(1, round(length * scale)) for length in image.size)
    return resample(image, (width, height))


def placeholder(image: Image.Image) -> str:
    """The picture's ThumbHash in base 64."""
    return base64.b64encode(thumbhash(_within(image, 32))).decode()


def dhash(image: Image.Image) -> str:
    """The picture's difference hash: 64 bits as 16 hex digits; similar pictures differ in few bits.

    Bit by bit: whether a cell of a 9 by 8 grid is darker than its right neighbour.
    """
    grey = resample(_on_grey(image), (9, 8)).tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            at = 9 * row + column
            bits = bits << 1 | (grey[at] < grey[at + 1])
    return f"{bits:016x}"


def phash(image: Image.Image) -> str:
    """The picture's perceptual hash: 64 bits as 16 hex digits; similar pictures differ in few bits.

    Bit by bit: whether a low frequency of the cosine transform of 32 by 32 cells is above the
    median of them, as Zauner (2010) and the package `imagehash` define it. Rounding leaves it to no
    processor whether a frequency that is absent, as in a symmetrical drawing, is above another.
    """
    # Pillow resamples to the same cells everywhere, which the faster engines do not.
    grey = _on_grey(image).resize((_GRID, _GRID), Image.Resampling.LANCZOS).tobytes()
    waves = _waves()
    rows = [
        [sum(map(float.__mul__, wave, map(float, grey[at : at + _GRID]))) for wave in waves]
        for at in range(0, _GRID * _GRID, _GRID)
    ]
    columns = list(zip(*rows, strict=True))
    low = [round(sum(map(float.__mul__, wave, column)), 6) for wave in waves for column in columns]
    middle = median(low)
    bits = 0
    for term in low:
        bits = bits << 1 | (term > middle)
    return f"{bits:016x}"


@cache
def _waves() -> list[list[float]]:
    return [
        [2 * cos(pi * wave * (2 * cell + 1) / (2 * _GRID)) for cell in range(_GRID)]
        for wave in range(_WAVES)
    ]


def dominant_colours(image: Image.Image, most: int = 6) -> tuple[Colour, ...]:
    """The colours that make up a picture, the commonest first; transparent pixels do not count."""
    small = _within(image, 64).convert("RGBA")
    opaque = small.getchannel("A").point(lambda alpha: 255 if alpha >= 128 else 0)
    quantized = small.convert("RGB").quantize(
        16, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
    )
    counts = quantized.histogram(opaque)[:256]
    entries = quantized.getpalette() or []
    total = sum(counts)
    merged: list[tuple[int, tuple[int, int, int]]] = []
    for count, index in sorted(
        ((count, n) for n, count in enumerate(counts) if count), reverse=True
    ):
        red, green, blue = entries[3 * index : 3 * index + 3]
        for at, (weight, near) in enumerate(merged):
            if abs(near[0] - red) + abs(near[1] - green) + abs(near[2] - blue) < 48:
                merged[at] = (weight + count, near)
                break
        else:
            merged.append((count, (red, green, blue)))
    merged.sort(key=lambda entry: -entry[0])
    return tuple(
        Colour(hex=f"#{red:02x}{green:02x}{blue:02x}", share=round(count / total, 4))
        for count, (red, green, blue) in merged[:most]
        if count / total >= 0.02
    )


def scores(image: Image.Image) -> Scores:
    """Sharpness and exposure of a picture, measured at 512 pixels."""
    grey = _on_grey(_within(image, 512))
    edges = grey.filter(_LAPLACIAN)
    if min(grey.size) > 2:  # the filter leaves the outermost pixels as they are
        edges = edges.crop((1, 1, grey.width - 1, grey.height - 1))
        variance = ImageStat.Stat(edges).var[0]
    else:
        variance = 0.0
    levels = ImageStat.Stat(grey)
    histogram = grey.histogram()
    area = grey.width * grey.height
    return Scores(
        sharpness=round(100 * (1 - exp(-variance / 800)), 1),
        brightness=round(levels.mean[0] / 2.55, 1),
        contrast=round(min(levels.stddev[0] / 1.275, 100), 1),
        shadows=round(100 * sum(histogram[:6]) / area, 1),
        highlights=round(100 * sum(histogram[250:]) / area, 1),
    )


def _on_grey(image: Image.Image) -> Image.Image:
    if image.mode in ("LA", "RGBA"):
        ground = Image.new("L", image.size, 128)
        ground.paste(image.convert("L"), mask=image.getchannel("A"))
        return ground
    return image.convert("L")
