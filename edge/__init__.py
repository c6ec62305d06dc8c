"""What runs in CloudFront, in front of the buckets."""

import json
import re
from pathlib import Path

from pictures.formats import CONTENT_TYPES, EXTENSIONS, FormatName
from pipeline.recipe import Recipe

__all__ = ["negotiation", "routing"]

SMALLEST_FIRST: tuple[FormatName, ...] = ("avif", "webp", "jpeg")
"""By the bytes of a still of the same quality; the last can be shown by every viewer."""

MOVING_FIRST: tuple[FormatName, ...] = ("webp", "avif", "jpeg")
"""Where animations are kept, as WebP is the format in which they move."""

_FORMATS = re.compile(r"(?<=^var FORMATS = ).*(?=;$)", re.MULTILINE)


def negotiation(recipe: Recipe) -> str:
    """The function that gives a rendition's address its format, for the formats of `recipe`."""
    order = MOVING_FIRST if recipe.animated == "keep" else SMALLEST_FIRST
    made = {each.format for each in recipe.formats}
    formats = [[CONTENT_TYPES[name], EXTENSIONS[name]] for name in order if name in made]
    code = _code("negotiate.js")
    return _FORMATS.sub(lambda _: json.dumps(formats), code, count=1)


def routing() -> str:
    """The function that serves the page's document at each of the page's addresses."""
    return _code("page.js")


def _code(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
