"""The one JPEG that Rekognition analyses, whatever was uploaded."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from pictures.encoding import encode, flatten
from pictures.limits import Limits
from pictures.reading import read
from pictures.resampling import resample

__all__ = ["Canonical", "canonical_jpeg"]

LONGEST_SIDE = 1600
"""Larger pictures cost time and hardly change the result."""
SHORTEST_SIDE = 80
"""Rekognition's own minimum."""
LARGEST_BYTES = 5_000_000
"""Rekognition's own maximum is 5 MB."""


@dataclass(frozen=True)
class Canonical:
    """A JPEG within Rekognition's limits: upright, sRGB, no metadata."""

    data: bytes
    width: int
    height: int


def canonical_jpeg(data: bytes, limits: Limits) -> Canonical:
    """The picture in `data` as Rekognition accepts it; raises `UnreadableError`.

    No side exceeds 1,600 pixels and none is under 80. A smaller picture is enlarged; one so long
    and thin that both cannot hold gets grey bars. Transparent parts show white.
    """
    picture = read(data, limits, _within)
    image = flatten(picture.image, "#ffffff")
    if min(image.size) < SHORTEST_SIDE:
        image = _enlarged(image)
    for quality in (90, 75, 50, 25):
        encoded = encode(image, "jpeg", quality, "#ffffff")
        if len(encoded) <= LARGEST_BYTES:
            break
    return Canonical(encoded, image.width, image.height)


def _within(size: tuple[int, int]) -> tuple[int, int]:
    scale = min(1.0, LONGEST_SIDE / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _enlarged(image: Image.Image) -> Image.Image:
    scale = min(SHORTEST_SIDE / min(image.size), LONGEST_SIDE / max(image.size))
    width, height = (max(1, round(length * scale)) for length in image.size)
    image = resample(image, (width, height))
    if min(image.size) >= SHORTEST_SIDE:
        return image
    ground = Image.new(
        image.mode,
        (max(width, SHORTEST_SIDE), max(height, SHORTEST_SIDE)),
        128 if image.mode == "L" else (128, 128, 128),
    )
    ground.paste(image, ((ground.width - width) // 2, (ground.height - height) // 2))
    return ground
