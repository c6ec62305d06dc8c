"""The gentle automatic correction behind a rendition that is `enhanced`.

Three steps, each bounded, each close to nothing on a picture that needs nothing:

- white balance: the mid-tones' mean goes a third of the way to grey, by 5 % of a channel at most;
- levels: the darkest and lightest 0.2 % become black and white, as far as that moves them by 24
  steps at most, and the mid-tones go half the way to the middle, by a gamma from 0.85 to 1.06;
- sharpening: an unsharp mask whose radius grows with the picture, weaker the crisper it is.
"""

from __future__ import annotations

from math import log

from PIL import Image, ImageFilter

from pictures.measures import scores

__all__ = ["enhance"]

_TAIL = 0.002
_FURTHEST = 24
_WARMEST = 0.05


def enhance(image: Image.Image) -> Image.Image:
    """The picture in L, LA, RGB or RGBA, corrected; its transparency is left as it is."""
    bare = image.convert(image.mode.removesuffix("A")) if image.mode in ("LA", "RGBA") else image
    bare = bare.point(_curves(bare))
    crispness = scores(image).sharpness / 100
    longest = max(image.size)
    mask = ImageFilter.UnsharpMask(
        radius=0.5 + longest / 3200, percent=round(70 - 45 * crispness), threshold=2
    )
    bare = bare.filter(mask)
    if image.mode in ("LA", "RGBA"):
        bare.putalpha(image.getchannel("A"))
    return bare


def _curves(image: Image.Image) -> list[int]:
    """A table of 256 entries for each channel."""
    histogram = image.histogram()
    channels = [histogram[at : at + 256] for at in range(0, len(histogram), 256)]
    gains = _balance(channels)
    grey = image.convert("L").histogram()
    area = sum(grey)
    mean = sum(level * count for level, count in enumerate(grey)) / area
    black = min(_percentile(grey, area * _TAIL), _FURTHEST, mean / 8)
    white = max(_percentile(grey, area * (1 - _TAIL)), 255 - _FURTHEST)
    middle = min(max((mean - black) / (white - black), 0.02), 0.98)
    gamma = min(max((log(0.46) / log(middle)) ** 0.5, 0.85), 1.06)
    table: list[int] = []
    for gain in gains:
        for level in range(256):
            stretched = min(max((level * gain - black) / (white - black), 0.0), 1.0)
            table.append(round(255 * stretched**gamma))
    return table


def _balance(channels: list[list[int]]) -> list[float]:
    if len(channels) < 3:
        return [1.0] * len(channels)
    means = []
    for channel in channels:
        inner = range(24, 232)
        count = sum(channel[level] for level in inner)
        means.append(sum(level * channel[level] for level in inner) / count if count else 128.0)
    grey = sum(means) / 3
    gains = [1 + min(max((grey / mean - 1) / 3, -_WARMEST), _WARMEST) for mean in means]
    return [gain * 3 / sum(gains) for gain in gains]


def _percentile(histogram: list[int], count: float) -> int:
    seen = 0
    for level, entries in enumerate(histogram):
        seen += entries
        if seen >= count:
            return level
    return 255
