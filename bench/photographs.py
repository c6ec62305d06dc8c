"""Photographs of any size, made of small ones that Python packages contain.

No package contains a photograph of 6 to 100 megapixels, so each picture here is a mosaic of small
photographs, enlarged two to three times, with a sensor's noise. Reduced to 1,600 pixels it has
about the detail of a camera's picture, which decides what resampling and encoding cost.
"""

from __future__ import annotations

import io
import json
import random
import sys
import zipfile
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from PIL import Image, ImageChops

__all__ = ["mosaic", "small_photographs"]

# NASA, public domain: astronaut, rocket, hubble. CC0: chelsea, coffee. CC BY: china, flower.
_MEMBERS = (
    "skimage/data/astronaut.png",
    "skimage/data/chelsea.png",
    "skimage/data/coffee.png",
    "skimage/data/rocket.jpg",
    "skimage/data/hubble_deep_field.jpg",
    "sklearn/datasets/images/china.jpg",
    "sklearn/datasets/images/flower.jpg",
)


def small_photographs(wheels: Iterable[Path]) -> list[Image.Image]:
    """The photographs inside the wheels of scikit-image and scikit-learn."""
    found: list[Image.Image] = []
    for wheel in sorted(wheels):
        with zipfile.ZipFile(wheel) as archive:
            names = set(archive.namelist())
            for member in _MEMBERS:
                if member in names:
                    image = Image.open(io.BytesIO(archive.read(member)))
                    found.append(image.convert("RGB"))
    return found


def mosaic(photographs: list[Image.Image], width: int, height: int, seed: int) -> Image.Image:
    """A picture of `width` by `height` pixels, the same for the same seed."""
    chance = random.Random(seed)
    enlargement = chance.choice((2.0, 2.5, 3.0))
    canvas = Image.new("RGB", (width, height))
    top = 0
    while top < height:
        left, row = 0, 0
        down = round(chance.choice((300, 420, 512)) * enlargement)
        while left < width:
            photograph = chance.choice(photographs)
            if chance.random() < 0.5:
                photograph = photograph.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            scale = down / photograph.height
            tile = photograph.resize(
                (max(1, round(photograph.width * scale)), down), Image.Resampling.BICUBIC
            )
            canvas.paste(tile, (left, top))
            left += tile.width
            row = max(row, tile.height)
        top += row
    return _with_noise(canvas, seed)


def _with_noise(image: Image.Image, seed: int) -> Image.Image:
    """The picture with a sensor's grain, a repeated patch."""
    random_bytes = random.Random(seed).randbytes(3 * 512 * 512)
    patch = Image.frombytes("RGB", (512, 512), random_bytes).point(lambda value: 120 + value // 16)
    grain = Image.new("RGB", image.size)
    for top in range(0, image.height, 512):
        for left in range(0, image.width, 512):
            grain.paste(patch, (left, top))
    return ImageChops.add(image, grain, 1, -128)


def main(orders: str) -> None:
    """Make the photographs that a JSON list describes."""
    Image.MAX_IMAGE_PIXELS = None
    small = small_photographs((Path(".bench") / "wheels").glob("*.whl"))
    latest: tuple[tuple[int, int, int], Image.Image] | None = None
    for order in json.loads(orders):
        if order["form"] == "HEIF":
            import_module("pillow_heif").register_heif_opener()
        wanted = (order["width"], order["height"], order["seed"])
        if latest is None or latest[0] != wanted:
            latest = (wanted, mosaic(small, *wanted))
        path = Path(order["path"])
        unfinished = path.with_suffix(".part")
        latest[1].save(unfinished, order["form"], **order["settings"])
        unfinished.rename(path)


if __name__ == "__main__":
    main(sys.argv[1])
