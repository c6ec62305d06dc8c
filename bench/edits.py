"""Edits that people and web sites make of a picture, by which it should still be found."""

import random
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

__all__ = ["EDITS", "Edit"]

Edit = Callable[[Image.Image], Image.Image]

_LANCZOS = Image.Resampling.LANCZOS


def _saved(image: Image.Image, kind: str, **options: Any) -> Image.Image:
    file = BytesIO()
    image.save(file, kind, **options)
    with Image.open(file) as again:
        return again.convert("RGB")


def _scaled(image: Image.Image, factor: float) -> Image.Image:
    size = (max(8, round(image.width * factor)), max(8, round(image.height * factor)))
    return _saved(image.resize(size, _LANCZOS), "JPEG", quality=85)


def _cropped(
    image: Image.Image, left: float, top: float, right: float, bottom: float
) -> Image.Image:
    """Without these shares of its sides."""
    width, height = image.size
    box = (width * left, height * top, width * (1 - right), height * (1 - bottom))
    return image.crop(tuple(map(round, box)))  # type: ignore[arg-type]  # four numbers


def _marked(image: Image.Image, *, large: bool) -> Image.Image:
    layer = Image.new("RGBA", image.size)
    font = ImageFont.load_default(max(6, image.width // (7 if large else 18)))
    place = (0.08, 0.4) if large else (0.66, 0.9)
    at = (image.width * place[0], image.height * place[1])
    ink = (255, 255, 255, 110 if large else 200)
    ImageDraw.Draw(layer).text(at, "© Darkroom", font=font, fill=ink)
    return Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB")


def _with_gamma(image: Image.Image, gamma: float) -> Image.Image:
    return image.point([round(255 * (level / 255) ** gamma) for level in range(256)] * 3)


def _noisy(image: Image.Image, strength: float) -> Image.Image:
    pixels = np.asarray(image, dtype=np.int16)
    noise = np.random.default_rng(1).normal(0, strength, pixels.shape)
    return Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))


def _turned(image: Image.Image, degrees: float) -> Image.Image:
    turned = image.rotate(degrees, Image.Resampling.BICUBIC)
    return _cropped(turned, 0.015, 0.015, 0.015, 0.015)


def _next_frame(image: Image.Image) -> Image.Image:
    """Another frame of a burst, as if the hand had moved: turned, shifted, closer, noisier."""
    chance = random.Random(1)
    turned = image.rotate(chance.uniform(-1.5, 1.5), Image.Resampling.BICUBIC)
    right, down, closer = (chance.uniform(-far, far) for far in (0.03, 0.03, 0.02))
    sides = (0.06 + right + closer, 0.06 + down + closer, 0.06 - right + closer)
    framed = _cropped(turned, *sides, 0.06 - down + closer)
    brighter = ImageEnhance.Brightness(framed).enhance(chance.uniform(0.95, 1.05))
    return _saved(_noisy(brighter, 4), "JPEG", quality=90)


EDITS: Mapping[str, Edit] = {
    "JPEG, quality 85": lambda image: _saved(image, "JPEG", quality=85),
    "JPEG, quality 50": lambda image: _saved(image, "JPEG", quality=50),
    "JPEG, quality 20": lambda image: _saved(image, "JPEG", quality=20),
    "WebP, quality 60": lambda image: _saved(image, "WEBP", quality=60),
    "AVIF, quality 50": lambda image: _saved(image, "AVIF", quality=50, speed=9),
    "half the size": lambda image: _scaled(image, 0.5),
    "a quarter of the size": lambda image: _scaled(image, 0.25),
    "128 pixels": lambda image: _scaled(image, 128 / max(image.size)),
    "5 % wider": lambda image: image.resize((round(image.width * 1.05), image.height)),
    "cropped by 1 % on each side": lambda image: _cropped(image, 0.01, 0.01, 0.01, 0.01),
    "cropped by 2.5 % on each side": lambda image: _cropped(image, 0.025, 0.025, 0.025, 0.025),
    "cropped by 5 % on each side": lambda image: _cropped(image, 0.05, 0.05, 0.05, 0.05),
    "cropped by 5 % on one side": lambda image: _cropped(image, 0.05, 0, 0, 0),
    "cropped by 5 % at a corner": lambda image: _cropped(image, 0, 0, 0.05, 0.05),
    "cropped by 10 % at a corner": lambda image: _cropped(image, 0, 0, 0.1, 0.1),
    "cropped to a square": lambda image: ImageOps.fit(image, (min(image.size),) * 2),
    "a small watermark": lambda image: _marked(image, large=False),
    "a large watermark": lambda image: _marked(image, large=True),
    "20 % brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.2),
    "20 % darker": lambda image: ImageEnhance.Brightness(image).enhance(0.8),
    "30 % more contrast": lambda image: ImageEnhance.Contrast(image).enhance(1.3),
    "gamma 1.4": lambda image: _with_gamma(image, 1.4),
    "automatic contrast": lambda image: ImageOps.autocontrast(image, cutoff=1),
    "grey": lambda image: image.convert("L").convert("RGB"),
    "50 % more colour": lambda image: ImageEnhance.Color(image).enhance(1.5),
    "sharpened": lambda image: image.filter(ImageFilter.UnsharpMask(2, 120, 2)),
    "blurred by 2 pixels": lambda image: image.filter(ImageFilter.GaussianBlur(2)),
    "noise": lambda image: _noisy(image, 10),
    "a white frame of 3 %": lambda image: ImageOps.expand(
        image, round(image.width * 0.03), "white"
    ),
    "black bars of 10 %": lambda image: ImageOps.expand(image, (0, round(image.height * 0.1)), 0),
    "turned by 1 degree": lambda image: _turned(image, 1),
    "turned by 90 degrees": lambda image: image.rotate(90, expand=True),
    "mirrored": ImageOps.mirror,
    "half the size, cropped by 1 %, quality 60": lambda image: _saved(
        _cropped(_scaled(image, 0.5), 0.01, 0.01, 0.01, 0.01), "JPEG", quality=60
    ),
    "the next frame of a burst": _next_frame,
}
"""What is done to each photograph."""
