"""What a stack wants made of each picture."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
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
    "Recipe",
    "RecipeError",
    "Rendition",
]

FormatName = Literal["avif", "jpeg", "webp"]
Fit = Literal["inside", "cover"]
FocusKind = Literal["centre", "faces", "salient"]
Animated = Literal["keep", "first"]

LARGEST_SIDE = 10_000
"""Of a rendition, in pixels."""

MOST_RENDITIONS = 20
"""Lambda's 4 KB of environment take no more."""

REVISION = 2
"""Raise it with every change to `resize` that changes the bytes of a rendition."""

_QUALITIES: dict[str, int] = {"jpeg": 80, "webp": 80, "avif": 60}
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


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

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise RecipeError(
                "name must be a lower-case letter, then up to 31 lower-case letters, digits and "
                f"hyphens, got {self.name!r}"
            )
        for field in ("width", "height"):
            _whole(field, getattr(self, field), 1, LARGEST_SIDE)
        _one_of("fit", self.fit, get_args(Fit))
        _one_of("focus", self.focus, get_args(FocusKind))
        _flag("enhance", self.enhance)
        _flag("enlarge", self.enlarge)


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

    def __post_init__(self) -> None:
        for field, names in (
            ("renditions", [rendition.name for rendition in self.renditions]),
            ("formats", [entry.format for entry in self.formats]),
        ):
            if not names:
                raise RecipeError(f"{field} must have at least one entry, got none")
            if len(set(names)) < len(names):
                raise RecipeError(f"{field} must differ in their names, got {', '.join(names)}")
        if not isinstance(self.background, str) or not _COLOUR.fullmatch(self.background):
            raise RecipeError(f"background must be like #ffffff, got {self.background!r}")
        _one_of("animated", self.animated, get_args(Animated))

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
        return cls(**values)

    def to_json(self) -> str:
        """The recipe as JSON, every default written out, always in the same order."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @property
    def fingerprint(self) -> str:
        """16 hex digits that renditions bear of the recipe and of `REVISION`. Newer versions of the
        libraries, which may change a few bits, make no rendition stale."""
        return sha256(f"{REVISION} {self.to_json()}".encode()).hexdigest()[:16]


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


def _entries(kind: type, document: object, where: str) -> tuple[Any, ...]:
    if not isinstance(document, list):
        raise RecipeError(f"{where} must be a list, got {json.dumps(document)}")
    entries = []
    for number, entry in enumerate(document):
        try:
            entries.append(kind(**_fields(kind, entry, "the entry")))
        except RecipeError as error:
            raise RecipeError(f"{where}[{number}]: {error}") from None
        except TypeError as error:
            missing = str(error).partition(": ")[2] or str(error)
            raise RecipeError(f"{where}[{number}] must have {missing}") from None
    return tuple(entries)


def _whole(field: str, value: object, least: int, most: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise RecipeError(f"{field} must be a whole number from {least} to {most}, got {value!r}")


def _one_of(field: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise RecipeError(f"{field} must be one of {', '.join(allowed)}, got {value!r}")


def _flag(field: str, value: object) -> None:
    if not isinstance(value, bool):
        raise RecipeError(f"{field} must be true or false, got {value!r}")
