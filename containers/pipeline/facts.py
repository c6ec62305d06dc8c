"""What the stages find out about a picture. Each field bears the name it has in the item."""

from dataclasses import dataclass
from typing import Any, TypedDict

__all__ = [
    "Analysis",
    "Box",
    "Celebrity",
    "Colour",
    "Face",
    "Label",
    "Measurement",
    "ModerationLabel",
    "Text",
]


class Box(TypedDict):
    """A part of the upright picture, in fractions of its width and height from the top left."""

    left: float
    top: float
    width: float
    height: float


class Label(TypedDict):
    """Something in the picture; `parents` are the more general labels it belongs to."""

    name: str
    confidence: float
    parents: list[str]


class ModerationLabel(TypedDict):
    """Something that may be unsafe; `parent` is empty at level 1."""

    name: str
    confidence: float
    parent: str
    level: int


class Face(TypedDict):
    """A face; `quality` has brightness and sharpness, each 0 to 100."""

    confidence: float
    box: Box
    quality: dict[str, float]


class Text(TypedDict):
    """A line of text."""

    text: str
    confidence: float
    box: Box


class Celebrity(TypedDict):
    """A person whom Rekognition recognises."""

    name: str
    confidence: float


class Colour(TypedDict):
    """A dominant colour: `#rrggbb`, its nearest CSS name, and its share of the picture."""

    hex: str
    name: str
    percent: float


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """What Rekognition found, and a model that describes. All numbers are 0 to 100."""

    labels: tuple[Label, ...] = ()
    moderation: tuple[ModerationLabel, ...] = ()
    faces: tuple[Face, ...] = ()
    text: tuple[Text, ...] = ()
    celebrities: tuple[Celebrity, ...] = ()
    quality: dict[str, float] | None = None
    """Brightness, sharpness and contrast, as far as they were given."""
    colors: tuple[Colour, ...] = ()
    caption: str | None = None
    """What a model wrote that the picture shows."""
    appeal: float | None = None
    """How appealing it found the picture."""


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What `resize` found in the file and its pixels."""

    content_type: str
    """The original's, by its bytes."""
    width: int
    """Of the upright picture, in pixels."""
    height: int
    placeholder: str
    """A ThumbHash in base 64."""
    measured: dict[str, Any]
    """`{sharpness, brightness, contrast, shadows, highlights}`, each 0 to 100; `colors: [{hex,
    share}]`, the commonest first, each `share` of the visible area 0 to 1; `frames`, 1 for a still;
    `has_alpha`; `stilled`, only where an animation that the recipe keeps became a still:
    `too_many_frames`, `too_many_pixels` or `too_much_memory`."""
    hashes: dict[str, str]
    """`{sha256, dhash, phash}` in hexadecimal: of the file, and twice of how it looks."""
    exif: dict[str, Any] | None = None
    """What the camera wrote: the fields of `pictures.exif.Exif`."""
