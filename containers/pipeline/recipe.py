"""What a stack wants made of each picture: ahead, and on demand."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from hashlib import sha256
from typing import Any, Literal, Self, get_args

from pipeline.address import NAME

__all__ = [
    "LARGEST_SIDE",
    "MOST_RENDITIONS",
    "REVISION",
    "Animated",
    "Fit",
    "FocusKind",
    "Format",
    "FormatName",
    "Hiding",
    "Place",
    "Preset",
    "Recipe",
    "RecipeError",
    "Rendition",
    "Watermark",
]

FormatName = Literal["avif", "jpeg", "webp"]
Fit = Literal["inside", "cover"]
FocusKind = Literal["centre", "faces", "salient"]
Animated = Literal["keep", "first"]
Hiding = Literal["", "blur", "pixelate"]
Place = Literal["centre", "top-left", "top-right", "bottom-left", "bottom-right"]

LARGEST_SIDE = 10_000
"""Of a rendition, in pixels."""

MOST_RENDITIONS = 20
"""Each is made of every picture in every format, and named in its item. What is asked for seldom is
better a preset."""

REVISION = 2
"""Raise it with every change to `resize` that changes the bytes of a rendition."""

_QUALITIES: dict[str, int] = {"jpeg": 80, "webp": 80, "avif": 60}
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class RecipeError(ValueError):
    """A recipe that asks for the impossible; the message names the field, rule and value."""


@dataclass(frozen=True, kw_only=True)
class Rendition:
    """One size of a picture."""

    name: str
    width: int
    height: int
    fit: Fit = "inside"
    """`inside` the box with the picture's own shape, or its middle `cover`-ing the box."""
    enhance: bool = False
    enlarge: bool = False
    """Whether a picture smaller than the box is enlarged to it."""
    focus: FocusKind = "centre"
    """What `cover` keeps: the centre, the faces, or the region that catches the eye unless faces
    are known. Without faces `faces` is the centre."""
    rotate: int = 0
    """Degrees clockwise, of an upright picture: 0, 90, 180 or 270."""
    trim: int = 0
    """How far a border's colour may be from that of the corner, in percent, to be cut off; 0 cuts
    nothing off."""
    pad: str = ""
    """The colour that fills the box around a picture `inside` it; empty leaves the picture's own
    shape."""
    hide_faces: Hiding = ""
    hide_text: Hiding = ""
    """How the areas are made unrecognisable in which the analysis found faces or lines of text."""
    grey: bool = False
    blur: int = 0
    """The standard deviation of a Gaussian blur, in percent of the longer side."""
    sharpen: int = 0
    """The strength of an unsharp mask, in percent."""
    watermark: str = ""
    """The name of one of the recipe's watermarks."""
    round: int = 0
    """The radius of the corners, in percent of the shorter side; 50 makes a square a circle."""
    quality: int = 0
    """Instead of that of every format, on the format's own scale; 0 is theirs."""
    max_bytes: int = 0
    """Of a still. The quality is reduced until the file has no more, or is 1; 0 sets no limit."""

    def __post_init__(self) -> None:
        _name(self.name)
        for field in ("width", "height"):
            _whole(field, getattr(self, field), 1, LARGEST_SIDE)
        _one_of("fit", self.fit, get_args(Fit))
        _one_of("focus", self.focus, get_args(FocusKind))
        for field in ("enhance", "enlarge", "grey"):
            _flag(field, getattr(self, field))
        if self.rotate not in (0, 90, 180, 270):
            raise RecipeError(f"rotate must be 0, 90, 180 or 270, got {self.rotate!r}")
        for field, most in _MOST.items():
            _whole(field, getattr(self, field), 0, most)
        for field in ("hide_faces", "hide_text"):
            _one_of(field, getattr(self, field), get_args(Hiding))
        if self.pad:
            _colour("pad", self.pad)
            if self.fit != "inside":
                raise RecipeError(f"pad must be left out where fit is {self.fit}, got {self.pad!r}")
        if self.watermark != "":
            _name(self.watermark, "watermark")

    @property
    def needs(self) -> frozenset[str]:
        """The analyses without whose answers it cannot be made: what they find is hidden, or kept
        in view."""
        faces = self.focus == "faces" or self.hide_faces
        return frozenset(
            name for name, needed in (("faces", faces), ("text", self.hide_text)) if needed
        )


_MOST = {
    "trim": 100,
    "blur": 20,
    "sharpen": 500,
    "round": 50,
    "quality": 100,
    "max_bytes": 100_000_000,
}


@dataclass(frozen=True, kw_only=True)
class Preset(Rendition):
    """A rendition that is made when somebody asks for it, by name."""

    sizes: bool = False
    """Whether an address may ask for another width: the box keeps its shape."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _flag("sizes", self.sizes)


@dataclass(frozen=True, kw_only=True)
class Watermark:
    """A picture that is laid over renditions."""

    name: str
    sha256: str
    """Of its file, in hexadecimal digits."""
    place: Place = "bottom-right"
    size: int = 20
    """Its width in percent of the rendition's; it is lower where it would not fit."""
    opacity: int = 50
    """In percent."""

    def __post_init__(self) -> None:
        _name(self.name)
        if not isinstance(self.sha256, str) or not _SHA256.fullmatch(self.sha256):
            raise RecipeError(f"sha256 must be 64 hexadecimal digits, got {self.sha256!r}")
        _one_of("place", self.place, get_args(Place))
        _whole("size", self.size, 1, 100)
        _whole("opacity", self.opacity, 1, 100)


@dataclass(frozen=True, kw_only=True)
class Format:
    """One file format each rendition is written in."""

    format: FormatName
    quality: int = 0
    """1 to 100 on the format's own scale; 0 stands for this format's default."""

    def __post_init__(self) -> None:
        _one_of("format", self.format, get_args(FormatName))
        if self.quality == 0 and not isinstance(self.quality, bool):
            object.__setattr__(self, "quality", _QUALITIES[self.format])
        _whole("quality", self.quality, 1, 100)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The renditions, the formats they are written in, and what goes for all of them."""

    renditions: tuple[Rendition, ...]
    formats: tuple[Format, ...]
    background: str = "#ffffff"
    """What shows through a transparent picture in a format without transparency."""
    animated: Animated = "first"
    """Whether an animation stays one, as WebP, or becomes its first frame."""
    presets: tuple[Preset, ...] = ()
    """What is made on demand, by name."""
    watermarks: tuple[Watermark, ...] = ()
    sizes: tuple[int, ...] = ()
    """The ladder: pixels of a side that an address may ask for, ascending. None: it may ask for no
    size."""
    foci: tuple[FocusKind, ...] = ("centre", "salient")
    """What an address may ask `cover` to keep."""

    def __post_init__(self) -> None:
        _differ("renditions", [rendition.name for rendition in self.renditions], least=1)
        _differ("formats", [entry.format for entry in self.formats], least=1)
        _differ("presets", [preset.name for preset in self.presets])
        _differ("watermarks", [watermark.name for watermark in self.watermarks])
        made = [rendition.name for rendition in self.renditions]
        for preset in self.presets:
            if preset.name in made:
                raise RecipeError(f"presets must not be called like renditions, got {preset.name}")
        known = [watermark.name for watermark in self.watermarks]
        for each in (*self.renditions, *self.presets):
            if each.watermark and each.watermark not in known:
                raise RecipeError(
                    f"watermark of {each.name} must be one of the watermarks "
                    f"({', '.join(known) or 'there are none'}), got {each.watermark!r}"
                )
        _colour("background", self.background)
        _one_of("animated", self.animated, get_args(Animated))
        for size in self.sizes:
            _whole("sizes", size, 1, LARGEST_SIDE)
        if sorted(set(self.sizes)) != list(self.sizes):
            raise RecipeError(f"sizes must ascend, got {', '.join(map(str, self.sizes))}")
        for focus in self.foci:
            _one_of("foci", focus, get_args(FocusKind))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The recipe in a JSON text; raises `RecipeError`, naming the entry at fault."""
        try:
            document = json.loads(text)
        except json.JSONDecodeError as error:
            raise RecipeError(f"recipe must be JSON, got {text[:40]!r}: {error}") from None
        values = _fields(cls, document, "recipe")
        values["renditions"] = _entries(Rendition, values.get("renditions"), "renditions")
        values["formats"] = _entries(Format, values.get("formats"), "formats")
        values["presets"] = _entries(Preset, values.get("presets", []), "presets")
        values["watermarks"] = _entries(Watermark, values.get("watermarks", []), "watermarks")
        for field in ("sizes", "foci"):
            if field in values:
                values[field] = _list(values[field], field)
        return cls(**values)

    def to_json(self) -> str:
        """The recipe as JSON, always in the same order.

        What release 0.1.0 did not know is left out where it has its default, so that a recipe of
        that release has the fingerprint that it had then.
        """
        document = asdict(self)
        for kind, field in ((Rendition, "renditions"), (Preset, "presets")):
            document[field] = tuple(_without_defaults(kind, each) for each in document[field])
        document = _without_defaults(type(self), document)
        return json.dumps(document, sort_keys=True, separators=(",", ":"))

    @property
    def digest(self) -> str:
        """SHA-256 of the JSON, in hex digits."""
        return sha256(self.to_json().encode()).hexdigest()

    @property
    def look(self) -> str:
        """As JSON, what the bytes of a rendition depend on. The ladder decides only which are
        made."""
        return replace(self, sizes=(), foci=("centre", "salient")).to_json()

    @property
    def fingerprint(self) -> str:
        """16 hex digits that renditions bear of the recipe and of `REVISION`. Newer versions of the
        libraries, which may change a few bits, make no rendition stale."""
        return sha256(f"{REVISION} {self.look}".encode()).hexdigest()[:16]


_FIRST = {
    *("name", "width", "height", "fit", "enhance", "enlarge", "focus"),
    *("renditions", "formats", "background", "animated"),
}
"""The fields of release 0.1.0."""


def _without_defaults(kind: type, document: Mapping[str, Any]) -> dict[str, Any]:
    """The document without the later fields that have their defaults."""
    later = {each.name: each.default for each in fields(kind) if each.name not in _FIRST}
    return {
        field: value
        for field, value in document.items()
        if field not in later or value != later[field]
    }


def _fields(kind: type, document: object, where: str) -> dict[str, Any]:
    if not isinstance(document, Mapping):
        raise RecipeError(f"{where} must be an object, got {json.dumps(document)}")
    known = {field.name for field in fields(kind)}
    unknown = [name for name in document if name not in known]
    if unknown:
        raise RecipeError(
            f"{where} must have no fields but {', '.join(sorted(known))}, got {', '.join(unknown)}"
        )
    return dict(document)


def _list(document: object, where: str) -> tuple[Any, ...]:
    if not isinstance(document, list):
        raise RecipeError(f"{where} must be a list, got {json.dumps(document)}")
    return tuple(document)


def _entries(kind: type, document: object, where: str) -> tuple[Any, ...]:
    entries = []
    for number, entry in enumerate(_list(document, where)):
        try:
            entries.append(kind(**_fields(kind, entry, "the entry")))
        except RecipeError as error:
            raise RecipeError(f"{where}[{number}]: {error}") from None
        except TypeError as error:
            missing = str(error).partition(": ")[2] or str(error)
            raise RecipeError(f"{where}[{number}] must have {missing}") from None
    return tuple(entries)


def _differ(field: str, names: Sequence[str], least: int = 0) -> None:
    if len(names) < least:
        raise RecipeError(f"{field} must have at least one entry, got none")
    if len(set(names)) < len(names):
        raise RecipeError(f"{field} must differ in their names, got {', '.join(names)}")


def _name(value: object, field: str = "name") -> None:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise RecipeError(
            f"{field} must be a lower-case letter, then up to 31 lower-case letters, digits and "
            f"hyphens, got {value!r}"
        )


def _colour(field: str, value: object) -> None:
    if not isinstance(value, str) or not _COLOUR.fullmatch(value):
        raise RecipeError(f"{field} must be like #ffffff, got {value!r}")


def _whole(field: str, value: object, least: int, most: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise RecipeError(f"{field} must be a whole number from {least} to {most}, got {value!r}")


def _one_of(field: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise RecipeError(f"{field} must be one of {', '.join(allowed)}, got {value!r}")


def _flag(field: str, value: object) -> None:
    if not isinstance(value, bool):
        raise RecipeError(f"{field} must be true or false, got {value!r}")
