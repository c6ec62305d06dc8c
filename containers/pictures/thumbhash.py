"""ThumbHash: a picture of about 25 bytes, shown while the real one loads.

Written from the published description of the format (Evan Wallace, evanw.github.io/thumbhash): the
picture's lightness, two colour differences and alpha as a few coefficients of a cosine transform.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi

from PIL import Image

__all__ = ["thumbhash"]


def _round(value: float) -> int:
    return int(value + 0.5)


def _transform(
    channel: Sequence[Sequence[float]], across: int, down: int
) -> tuple[float, list[float], float]:
    """The constant term, the other terms and the largest of them, of a cosine transform."""
    height, width = len(channel), len(channel[0])
    waves = [[cos(pi / width * cx * (x + 0.5)) for x in range(width)] for cx in range(across)]
    rows = [
        [sum(map(float.__mul__, line, wave)) for line in channel] for wave in waves
    ]  # rows[cx][y]
    constant, terms, scale = 0.0, [], 0.0
    for cy in range(down):
        wave = [cos(pi / height * cy * (y + 0.5)) for y in range(height)]
        cx = 0
        while cx * down < across * (down - cy):
            value = sum(map(float.__mul__, rows[cx], wave)) / (width * height)
            if cx or cy:
                terms.append(value)
                scale = max(scale, abs(value))
            else:
                constant = value
            cx += 1
    if scale:
        terms = [0.5 + 0.5 / scale * term for term in terms]
    return constant, terms, scale


def thumbhash(image: Image.Image) -> bytes:
    """The ThumbHash of a picture in L, LA, RGB or RGBA, whose sides are at most 100 pixels.

    A picture of 32 pixels a side gives nearly the same result as one of 100, ten times faster.
    """
    width, height = image.size
    if max(width, height) > 100:
        raise ValueError(f"sides must be at most 100 pixels, got {width} x {height}")
    pixels = image.convert("RGBA").tobytes()
    alphas = [value / 255 for value in pixels[3::4]]
    weight = sum(alphas)
    reds = [alpha / 255 * value for alpha, value in zip(alphas, pixels[0::4], strict=True)]
    greens = [alpha / 255 * value for alpha, value in zip(alphas, pixels[1::4], strict=True)]
    blues = [alpha / 255 * value for alpha, value in zip(alphas, pixels[2::4], strict=True)]
    transparent = weight < width * height
    mean = [sum(values) / weight if weight else 0.0 for values in (reds, greens, blues)]

    limit = 5 if transparent else 7
    longest = max(width, height)
    across = max(1, _round(limit * width / longest))
    down = max(1, _round(limit * height / longest))
    lightness: list[list[float]] = []
    yellows: list[list[float]] = []
    reddish: list[list[float]] = []
    opacity: list[list[float]] = []
    for start in range(0, width * height, width):
        lines: tuple[list[float], ...] = ([], [], [], [])
        for at in range(start, start + width):
            rest = 1.0 - alphas[at]
            red, green, blue = (
                reds[at] + mean[0] * rest,
                greens[at] + mean[1] * rest,
                blues[at] + mean[2] * rest,
            )
            lines[0].append((red + green + blue) / 3)
            lines[1].append((red + green) / 2 - blue)
            lines[2].append(red - green)
            lines[3].append(alphas[at])
        for channel, line in zip((lightness, yellows, reddish, opacity), lines, strict=True):
            channel.append(line)

    l_constant, l_terms, l_scale = _transform(lightness, max(3, across), max(3, down))
    p_constant, p_terms, p_scale = _transform(yellows, 3, 3)
    q_constant, q_terms, q_scale = _transform(reddish, 3, 3)

    landscape = width > height
    header = (
        _round(63 * l_constant)
        | _round(31.5 + 31.5 * p_constant) << 6
        | _round(31.5 + 31.5 * q_constant) << 12
        | _round(31 * l_scale) << 18
        | int(transparent) << 23
    )
    shape = (
        (down if landscape else across)
        | _round(63 * p_scale) << 3
        | _round(63 * q_scale) << 9
        | int(landscape) << 15
    )
    encoded = bytearray(header.to_bytes(3, "little") + shape.to_bytes(2, "little"))
    terms = [*l_terms, *p_terms, *q_terms]
    if transparent:
        a_constant, a_terms, a_scale = _transform(opacity, 5, 5)
        encoded.append(_round(15 * a_constant) | _round(15 * a_scale) << 4)
        terms += a_terms
    nibbles = [_round(15 * term) for term in terms]
    nibbles += [0] * (len(nibbles) % 2)
    encoded.extend(low | high << 4 for low, high in zip(nibbles[::2], nibbles[1::2], strict=True))
    return bytes(encoded)
