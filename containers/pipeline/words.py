"""The words that say what a rendition is, in the configuration and in addresses alike.

    640  640x480               a box in pixels; one number is a square
    1x  2x  3x                 the pixels of the screen to one of the page; they multiply the box
    inside  cover              the whole picture within the box, or the box filled
    centre  salient  faces     what `cover` keeps; also written focus=centre
    enhance  enlarge  grey     flags of the recipe's `Rendition`, as are the fields that follow
    rotate=90  trim=10  pad=#ffffff  blur=5  sharpen=100  round=50  quality=70  bytes=200000
    blur-faces  pixelate-faces  blur-text  pixelate-text
    watermark=logo             one of the stage's watermarks
    sizes                      of a preset: an address may ask for another width

The order does not matter, and each kind of word is used once. Addresses take the first four lines
(`pipeline.demand`), everything else needs a name in the configuration.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, get_args

from pipeline.address import NAME
from pipeline.recipe import LARGEST_SIDE, Fit, FocusKind

__all__ = ["ADDRESSED", "PRESET", "RENDITION", "Problem", "Read", "box", "read"]

ADDRESSED = ("size", "dpr", "fit", "focus")
"""The kinds of words that an address may have."""

RENDITION = (
    *ADDRESSED,
    *("enhance", "enlarge", "rotate", "trim", "pad", "hide_faces", "hide_text", "grey", "blur"),
    *("sharpen", "watermark", "round", "quality", "max_bytes"),
)
"""The kinds of words that a rendition of the configuration may have."""

PRESET = (*RENDITION, "sizes")
"""The kinds of words that a preset may have."""

_SIZE = re.compile(r"([1-9][0-9]{0,4})(?:x([1-9][0-9]{0,4}))?")

_PLAIN: Mapping[str, tuple[str, Any]] = {
    **{f"{number}x": ("dpr", number) for number in (1, 2, 3)},
    **{fit: ("fit", fit) for fit in get_args(Fit)},
    **{focus: ("focus", focus) for focus in get_args(FocusKind)},
    **{f"focus={focus}": ("focus", focus) for focus in get_args(FocusKind)},
    **{flag: (flag, True) for flag in ("enhance", "enlarge", "grey", "sizes")},
    **{
        f"{hiding}-{areas}": (f"hide_{areas}", hiding)
        for areas in ("faces", "text")
        for hiding in ("blur", "pixelate")
    },
    **{f"rotate={angle}": ("rotate", angle) for angle in (90, 180, 270)},
}
"""Words that mean one thing: the kind and its value."""


class _Amount(NamedTuple):
    kind: str
    most: int
    unit: str


_AMOUNTS: Mapping[str, _Amount] = {
    "trim": _Amount("trim", 100, "percent"),
    "blur": _Amount("blur", 20, "percent"),
    "sharpen": _Amount("sharpen", 500, "percent"),
    "round": _Amount("round", 50, "percent"),
    "quality": _Amount("quality", 100, ""),
    "bytes": _Amount("max_bytes", 100_000_000, ""),
}
"""Words with a whole number from 1 to `most`."""

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")

_KNOWN: Mapping[str, str] = {
    "size": "a size like 640 or 640x480",
    "dpr": "1x, 2x or 3x",
    "fit": "inside or cover",
    "focus": "centre, salient or faces",
    "enhance": "enhance",
    "enlarge": "enlarge",
    "rotate": "rotate=90, rotate=180 or rotate=270",
    "trim": "trim=10",
    "pad": "pad=#ffffff",
    "hide_faces": "blur-faces or pixelate-faces",
    "hide_text": "blur-text or pixelate-text",
    "grey": "grey",
    "blur": "blur=5",
    "sharpen": "sharpen=100",
    "watermark": "watermark=NAME",
    "round": "round=50",
    "quality": "quality=70",
    "max_bytes": "bytes=200000",
    "sizes": "sizes",
}
"""The words of each kind, as messages show them."""


class Problem(NamedTuple):
    """What a part must be, and what it is."""

    part: str
    rule: str
    value: str

    def __str__(self) -> str:
        if not self.value:
            return f"must have a {self.part} ({self.rule})"
        return f"{self.part} must be {self.rule}, got {self.value}"


class Read(NamedTuple):
    """What the words mean by kind, and every mistake in them."""

    values: dict[str, Any]
    problems: list[Problem]


def read(words: Sequence[str], kinds: Collection[str], names: Collection[str] = ()) -> Read:
    """The words of these kinds; one of `names` has the kind `preset`."""
    values: dict[str, Any] = {}
    written: dict[str, str] = {}
    problems: list[Problem] = []
    for word in words:
        found = ("preset", word) if word in names else _meaning(word)
        if isinstance(found, Problem):
            problems.append(found)
        elif found is None or found[0] not in (*kinds, "preset"):
            known = [_KNOWN[kind] for kind in kinds]
            if names:
                known.append(f"a preset ({', '.join(sorted(names))})")
            problems.append(Problem("word", "; ".join(known), word or "nothing"))
        elif found[0] in values:
            kind = found[0]
            problems.append(Problem(kind, "given once", f"{written[kind]}, {word}"))
        else:
            values[found[0]], written[found[0]] = found[1], word
    whole = "preset" not in values and values.get("fit", "inside") == "inside"
    if whole and values.get("focus", "centre") != "centre":
        rule = "left out where the fit is inside, which keeps all of the picture (add cover)"
        problems.append(Problem("focus", rule, values["focus"]))
    if values.get("fit") == "cover" and "pad" in values:
        rule = "left out where the fit is cover, which fills the box"
        problems.append(Problem("pad", rule, values["pad"]))
    return Read(values, problems)


def box(values: Mapping[str, Any]) -> tuple[int, int] | Problem:
    """The box in pixels of the file: the size, multiplied by the dpr."""
    if "size" not in values:
        return Problem("size", "pixels like 500 or 1600x900", "")
    width, height = (side * values.get("dpr", 1) for side in values["size"])
    if max(width, height) > LARGEST_SIDE:
        return Problem("size", f"at most {LARGEST_SIDE} pixels a side", f"{width}x{height}")
    return width, height


def _meaning(word: str) -> tuple[str, Any] | Problem | None:
    """The kind of a word and its value; None for a word that there is not."""
    if word in _PLAIN:
        return _PLAIN[word]
    if match := _SIZE.fullmatch(word):
        return "size", (int(match[1]), int(match[2] or match[1]))
    if re.match(r"[0-9]", word):
        return Problem("size", "pixels like 640 or 640x480", word)
    name, equals, value = word.partition("=")
    if not equals:
        return None
    if name in _AMOUNTS:
        return _amount(_AMOUNTS[name], name, value)
    if name == "pad":
        good = bool(_COLOUR.fullmatch(value))
        return ("pad", value) if good else Problem("pad", "a colour like pad=#ffffff", word)
    if name == "watermark":
        good = bool(NAME.fullmatch(value))
        return ("watermark", value) if good else Problem(name, "a watermark's name", word)
    return None


def _amount(amount: _Amount, name: str, value: str) -> tuple[str, int] | Problem:
    if not re.fullmatch(r"[1-9][0-9]{0,8}", value) or int(value) > amount.most:
        unit = f" ({amount.unit})" if amount.unit else ""
        rule = f"a whole number from 1 to {amount.most}{unit}, like {_KNOWN[amount.kind]}"
        return Problem(name, rule, value or "nothing")
    return amount.kind, int(value)
