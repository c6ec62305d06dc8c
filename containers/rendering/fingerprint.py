"""What the bytes of a rendition depend on, besides the picture."""

import hashlib
import json
from importlib import metadata

from PIL import features

from pictures.resampling import ENGINE
from pipeline.recipe import REVISION, Recipe

__all__ = ["fingerprint", "versions"]


def fingerprint(recipe: Recipe) -> str:
    """16 hex digits that change if, and only if, renditions may come out with other bytes.

    It covers the recipe, the code's `REVISION` and the versions of everything that touches a
    pixel.
    """
    document = {"recipe": recipe.look, "revision": REVISION, "versions": versions()}
    text = json.dumps(document, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def versions() -> dict[str, str]:
    """The versions of every library that touches a pixel."""
    return {
        "pillow": metadata.version("pillow"),
        "pi-heif": metadata.version("pi-heif"),
        "libvips": metadata.version("pyvips-binary"),
        "resampling": ENGINE,
        "libjpeg-turbo": str(features.version_feature("libjpeg_turbo")),
        "libwebp": str(features.version_module("webp")),
        "libavif": str(features.version_module("avif")),
        "zlib-ng": str(features.version_feature("zlib_ng")),
        "littlecms": str(features.version_module("littlecms2")),
    }
