"""What runs in CloudFront, in front of the buckets."""

import json
import re
from pathlib import Path

from pictures.formats import CONTENT_TYPES, EXTENSIONS, FormatName
from pipeline.demand import formats as on_demand
from pipeline.recipe import Recipe

__all__ = ["KEYS", "MOST_BYTES", "negotiation", "routing"]

SMALLEST_FIRST: tuple[FormatName, ...] = ("avif", "webp", "jpeg")
"""By the bytes of a still of the same quality; the last can be shown by every viewer."""

MOVING_FIRST: tuple[FormatName, ...] = ("webp", "avif", "jpeg")
"""Where animations are kept, as WebP is the format in which they move."""

MOST_BYTES = 10 * 1024
"""Of a function's code, CloudFront's limit."""

KEYS = "keys"
"""What the keys of signed addresses are called in the key value store of `negotiation`."""

_COMMENT = re.compile(r"^ *//.*\n|^ +|\n(?=\n)", re.MULTILINE)


def negotiation(recipe: Recipe, *, signed: bool = False) -> str:
    """The function that gives a rendition's address its canonical form and its format, or refuses
    it, with what `recipe` makes.

    With `signed`, what is made on demand needs a signature by a key that is in the function's key
    value store under `KEYS`, or by either of two with a space between.

    Comments and indentation are left out, as CloudFront limits the code to 10 KB.
    """
    order = MOVING_FIRST if recipe.animated == "keep" else SMALLEST_FIRST
    made = {each.format for each in recipe.formats}
    code = _code("negotiate.js") + _code("signed.js" if signed else "open.js")
    for variable, value in {
        "FORMATS": [[CONTENT_TYPES[name], EXTENSIONS[name]] for name in order if name in made],
        "MADE": [EXTENSIONS[each.format] for each in on_demand(recipe)],
        "SIZES": recipe.sizes,
        "FOCI": recipe.foci,
        "PRESETS": [
            [preset.name, preset.width, preset.sizes and bool(recipe.sizes)]
            for preset in recipe.presets
        ],
    }.items():
        line = re.compile(rf"^var {variable} = .*;$", re.MULTILINE)
        code = line.sub(f"var {variable} = {json.dumps(value, separators=(',', ':'))};", code)
    return _COMMENT.sub("", code)


def routing() -> str:
    """The function that serves the page's document at each of the page's addresses."""
    return _code("page.js")


def _code(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
