"""Conversion of a picture's colours from its profile to sRGB."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Literal

from PIL import Image, ImageCms

__all__ = ["plain", "to_srgb"]

PlainMode = Literal["L", "LA", "RGB", "RGBA", "CMYK", "LAB"]

_PLAIN = frozenset(("L", "LA", "RGB", "RGBA", "CMYK", "LAB"))
_SPACES = {"RGB": "RGB ", "CMYK": "CMYK", "L": "GRAY", "LAB": "Lab "}
_LARGEST_PROFILE = 8_000_000


def plain(image: Image.Image) -> Image.Image:
    """The picture in one of the modes L, LA, RGB, RGBA, CMYK and LAB, with eight bits a channel.

    Palettes and transparent colours are resolved. Sixteen-bit grey keeps its eight highest bits;
    floating point grey is taken as 0 to 1 where it lies in that range and as 0 to 255 else.
    """
    mode = image.mode
    if mode in _PLAIN and "transparency" not in image.info:
        return image
    if mode == "P" or (mode in ("1", "L", "RGB") and "transparency" in image.info):
        if "transparency" in image.info:
            return image.convert("RGBA")
        return image.convert(_palette_mode(image))
    if mode == "PA":
        return image.convert("RGBA")
    if mode == "1":
        return image.convert("L")
    if mode.startswith("I;16") or mode == "I":
        return _sixteen_bits(image)
    if mode == "F":
        lowest, highest = _extremes(image)
        scale = 255.0 if lowest >= 0.0 and highest <= 1.0 else 1.0
        return image.point(lambda value: value * scale + 0.0).convert("L")
    if mode in ("RGBa", "La"):
        return image.convert("RGBA") if mode == "RGBa" else image.convert("LA")
    return image.convert("RGB")


def _palette_mode(image: Image.Image) -> Literal["L", "RGB"]:
    entries = image.getpalette() or []
    grey = all(entries[n] == entries[n + 1] == entries[n + 2] for n in range(0, len(entries), 3))
    return "L" if grey else "RGB"


def _sixteen_bits(image: Image.Image) -> Image.Image:
    if image.mode == "I":
        return image.point(lambda value: value * (1 / 256) + 0.0).convert("L")
    return image.convert("I").point(lambda value: value * (1 / 256) + 0.0).convert("L")


def _extremes(image: Image.Image) -> tuple[float, float]:
    extremes = image.getextrema()
    lowest, highest = extremes[0], extremes[1]
    if isinstance(lowest, tuple) or isinstance(highest, tuple):
        return lowest[0], lowest[1]  # type: ignore[index]
    return lowest, highest


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture in L, LA, RGB or RGBA, its colours converted from `profile` to sRGB.

    Relative colorimetric without black point compensation, as in browsers. A profile that cannot be
    read, or is for another kind of picture, is ignored. CMYK without a profile is converted by its
    ink amounts alone. Expects a mode that `plain` returns.
    """
    if profile is not None and len(profile) <= _LARGEST_PROFILE:
        converted = _through(image, profile)
        if converted is not None:
            return converted
    if image.mode == "LAB":
        return _from_lab(image)
    return image.convert("RGB") if image.mode == "CMYK" else image


def _through(image: Image.Image, profile: bytes) -> Image.Image | None:
    bare = image.mode.removesuffix("A") if image.mode in ("LA", "RGBA") else image.mode
    space = _space(profile)
    if bare == "L" and space == "RGB ":
        opaque = image if image.mode == "L" else image.getchannel("L")
        coloured = _through(opaque.convert("RGB"), profile)
        converted = None if coloured is None else coloured.convert("L")
    elif space == _SPACES[bare]:
        transform = _transform(profile, bare)
        if transform is None:
            return image if bare != "CMYK" else None
        opaque = image if image.mode == bare else image.convert(bare)
        converted = ImageCms.applyTransform(opaque, transform)
        if converted is not None and bare == "L":
            converted = converted.convert("L")
    else:
        return None
    if converted is not None and image.mode in ("LA", "RGBA"):
        converted.putalpha(image.getchannel("A"))
    return converted


@lru_cache(maxsize=16)
def _space(profile: bytes) -> str:
    try:
        return str(ImageCms.getOpenProfile(io.BytesIO(profile)).profile.xcolor_space)
    except (OSError, ValueError, TypeError, ImageCms.PyCMSError):
        return ""


@lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """The way from a profile to sRGB; None if unreadable or without visible effect."""
    try:
        transform = ImageCms.buildTransform(
            ImageCms.getOpenProfile(io.BytesIO(profile)),
            _srgb(),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
        )
    except (OSError, ValueError, TypeError, ImageCms.PyCMSError):
        return None
    if mode in ("L", "RGB"):
        patches = _patches(mode)
        before = patches.convert("RGB").tobytes()
        after = ImageCms.applyTransform(patches, transform)
        if after is not None and all(
            abs(old - new) <= 1 for old, new in zip(before, after.tobytes(), strict=True)
        ):
            return None
    return transform


def _patches(mode: str) -> Image.Image:
    steps = range(0, 256, 51)
    if mode == "L":
        return Image.frombytes("L", (256, 1), bytes(range(256)))
    colours = bytes(value for r in steps for g in steps for b in steps for value in (r, g, b))
    return Image.frombytes("RGB", (216, 1), colours)


@lru_cache(maxsize=1)
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _from_lab(image: Image.Image) -> Image.Image:
    transform = ImageCms.buildTransform(ImageCms.createProfile("LAB"), _srgb(), "LAB", "RGB")
    converted = ImageCms.applyTransform(image, transform)
    return image.convert("L").convert("RGB") if converted is None else converted
