"""The JSON request of each operation, validated as the service validates it.

Lengths and ranges are those of the service's published model. A broken one is a
`ValidationError`, a wrong JSON type a `SerializationError`, and a combination that makes no sense
an `InvalidParameterError`.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.rekognition.errors import (
    InvalidParameterError,
    ResourceNotFoundError,
    SerializationError,
    ValidationError,
)

__all__ = [
    "FACE_ATTRIBUTES",
    "MAX_IMAGE_BYTES",
    "Box",
    "CelebritiesRequest",
    "FacesRequest",
    "LabelFilters",
    "LabelsRequest",
    "ModerationRequest",
    "S3Object",
    "TextRequest",
]

MAX_IMAGE_BYTES = 5 * 1024 * 1024
DEFAULT_LABEL_CONFIDENCE = 55.0
DEFAULT_MODERATION_CONFIDENCE = 50.0
DEFAULT_TEXT_CONFIDENCE = 80.0
DEFAULT_COLORS = 10
BUCKET = re.compile(r"[0-9A-Za-z.\-_]*")
FEATURES = ("GENERAL_LABELS", "IMAGE_PROPERTIES")
FACE_ATTRIBUTES = (
    "DEFAULT",
    "ALL",
    "AGE_RANGE",
    "BEARD",
    "EMOTIONS",
    "EYE_DIRECTION",
    "EYEGLASSES",
    "EYES_OPEN",
    "GENDER",
    "MOUTH_OPEN",
    "MUSTACHE",
    "FACE_OCCLUDED",
    "SMILE",
    "SUNGLASSES",
)


@dataclass(frozen=True)
class S3Object:
    """The picture is an object; `version` is None for the current one."""

    bucket: str
    key: str
    version: str | None


@dataclass(frozen=True)
class Box:
    """A rectangle in fractions of the picture's width and height."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class LabelFilters:
    """Names and categories to keep or drop; an empty inclusion keeps everything."""

    labels: frozenset[str] = frozenset()
    not_labels: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    not_categories: frozenset[str] = frozenset()


@dataclass(frozen=True)
class LabelsRequest:
    image: bytes | S3Object
    general_labels: bool
    image_properties: bool
    max_labels: int
    min_confidence: float
    filters: LabelFilters
    max_colors: int

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> LabelsRequest:
        check = Checker()
        image = check.image(body)
        features = check.strings(body, "Features", at="features", longest=2, enum=FEATURES)
        asked = frozenset(features or FEATURES[:1])
        most = check.integer(body, "MaxLabels", at="maxLabels")
        confidence = check.number(body, "MinConfidence", at="minConfidence", high=100)
        settings = check.structure(body, "Settings")
        general = check.structure(settings, "GeneralLabels")
        colors = check.structure(settings, "ImageProperties")

        def names(key: str) -> frozenset[str]:
            at = f"settings.generalLabels.{key[0].lower()}{key[1:]}"
            return frozenset(check.strings(general, key, at=at, longest=100) or ())

        filters = LabelFilters(
            labels=names("LabelInclusionFilters"),
            not_labels=names("LabelExclusionFilters"),
            categories=names("LabelCategoryInclusionFilters"),
            not_categories=names("LabelCategoryExclusionFilters"),
        )
        at = "settings.imageProperties.maxDominantColors"
        max_colors = check.integer(colors, "MaxDominantColors", at=at, high=20)
        check.done()
        labels_only = most is not None or confidence is not None or filters != LabelFilters()
        if labels_only and FEATURES[0] not in asked:
            raise InvalidParameterError
        if colors and FEATURES[1] not in asked:
            raise InvalidParameterError
        return cls(
            image=image,
            general_labels=FEATURES[0] in asked,
            image_properties=FEATURES[1] in asked,
            max_labels=1000 if most is None else most,
            min_confidence=DEFAULT_LABEL_CONFIDENCE if confidence is None else confidence,
            filters=filters,
            max_colors=DEFAULT_COLORS if max_colors is None else max_colors,
        )


@dataclass(frozen=True)
class ModerationRequest:
    image: bytes | S3Object
    min_confidence: float

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> ModerationRequest:
        check = Checker()
        image = check.image(body)
        confidence = check.number(body, "MinConfidence", at="minConfidence", high=100)
        check.done()
        if body.get("HumanLoopConfig") is not None:
            raise ResourceNotFoundError("there are no human review loops on this machine")
        if body.get("ProjectVersion") is not None:
            raise ResourceNotFoundError("there are no adapters on this machine")
        return cls(image, DEFAULT_MODERATION_CONFIDENCE if confidence is None else confidence)


@dataclass(frozen=True)
class FacesRequest:
    image: bytes | S3Object
    attributes: frozenset[str]

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> FacesRequest:
        check = Checker()
        image = check.image(body)
        attributes = check.strings(body, "Attributes", at="attributes", enum=FACE_ATTRIBUTES)
        check.done()
        return cls(image, frozenset(attributes or FACE_ATTRIBUTES[:1]))


@dataclass(frozen=True)
class TextRequest:
    """`regions` empty means the whole picture; sizes are fractions of its height and width."""

    image: bytes | S3Object
    min_confidence: float
    min_height: float
    min_width: float
    regions: tuple[Box, ...]

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> TextRequest:
        check = Checker()
        image = check.image(body)
        filters = check.structure(body, "Filters")
        words = check.structure(filters, "WordFilter")
        at = "filters.wordFilter"
        confidence = check.number(words, "MinConfidence", at=f"{at}.minConfidence", high=100)
        height = check.number(
            words, "MinBoundingBoxHeight", at=f"{at}.minBoundingBoxHeight", high=1
        )
        width = check.number(words, "MinBoundingBoxWidth", at=f"{at}.minBoundingBoxWidth", high=1)
        given = filters.get("RegionsOfInterest") or []
        if not isinstance(given, list):
            raise SerializationError("RegionsOfInterest must be a list")
        if len(given) > 10:
            check.broken("filters.regionsOfInterest", given, "length less than or equal to 10")
        check.done()
        return cls(
            image=image,
            min_confidence=DEFAULT_TEXT_CONFIDENCE if confidence is None else confidence,
            min_height=height or 0.0,
            min_width=width or 0.0,
            regions=tuple(_region(one) for one in given),
        )


@dataclass(frozen=True)
class CelebritiesRequest:
    image: bytes | S3Object

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> CelebritiesRequest:
        check = Checker()
        image = check.image(body)
        check.done()
        return cls(image)


@dataclass
class Checker:
    """Reads fields and collects what is out of bounds, so that one error names every fault."""

    faults: list[str] = field(default_factory=list)

    def broken(self, at: str, value: object, rule: str) -> None:
        self.faults.append(
            f"Value '{value}' at '{at}' failed to satisfy constraint: Member must have {rule}"
        )

    def done(self) -> None:
        if self.faults:
            count = len(self.faults)
            noun = "error" if count == 1 else "errors"
            raise ValidationError(f"{count} validation {noun} detected: {'; '.join(self.faults)}")

    def structure(self, body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        value = body.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise SerializationError(f"{key} must be a structure")
        return value

    def number(
        self, body: Mapping[str, Any], key: str, *, at: str, high: float | None = None
    ) -> float | None:
        value = body.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise SerializationError(f"{key} must be a number")
        if value < 0:
            self.broken(at, value, "value greater than or equal to 0")
        if high is not None and not value <= high:
            self.broken(at, value, f"value less than or equal to {high:g}")
        return float(value)

    def integer(
        self, body: Mapping[str, Any], key: str, *, at: str, high: int | None = None
    ) -> int | None:
        value = self.number(body, key, at=at, high=high)
        if value is not None and value != int(value):
            raise SerializationError(f"{key} must be a whole number")
        return None if value is None else int(value)

    def strings(
        self,
        body: Mapping[str, Any],
        key: str,
        *,
        at: str,
        longest: int | None = None,
        enum: Sequence[str] | None = None,
    ) -> list[str] | None:
        value = body.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise SerializationError(f"{key} must be a list of strings")
        if longest is not None and len(value) > longest:
            self.broken(at, value, f"length less than or equal to {longest}")
        if enum is not None and not set(value) <= set(enum):
            self.faults.append(
                f"Value '[{', '.join(value)}]' at '{at}' failed to satisfy constraint: "
                f"Member must satisfy constraint: [Member must satisfy enum value set: "
                f"[{', '.join(enum)}]]"
            )
        return value

    def text(self, body: Mapping[str, Any], key: str, *, at: str, low: int, high: int) -> str:
        value = body.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise SerializationError(f"{key} must be a string")
        if len(value) < low:
            self.broken(at, value, f"length greater than or equal to {low}")
        if len(value) > high:
            self.broken(at, value, f"length less than or equal to {high}")
        return value

    def image(self, body: Mapping[str, Any]) -> bytes | S3Object:
        """The picture's bytes or its object; exactly one of the two must be given."""
        if body.get("Image") is None:
            self.faults.append(
                "Value null at 'image' failed to satisfy constraint: Member must not be null"
            )
            self.done()
        image = self.structure(body, "Image")
        encoded, pointer = image.get("Bytes"), image.get("S3Object")
        if (encoded is None) == (pointer is None):
            raise InvalidParameterError
        if pointer is not None:
            return self._object(self.structure(image, "S3Object"))
        if not isinstance(encoded, str):
            raise SerializationError("Bytes must be base64 text")
        try:
            content = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError) as error:
            raise SerializationError("Bytes must be base64 text") from error
        shown = f"java.nio.HeapByteBuffer[pos=0 lim={len(content)} cap={len(content)}]"
        if not content:
            self.broken("image.bytes", shown, "length greater than or equal to 1")
        if len(content) > MAX_IMAGE_BYTES:
            self.broken("image.bytes", shown, f"length less than or equal to {MAX_IMAGE_BYTES}")
        return content

    def _object(self, pointer: Mapping[str, Any]) -> S3Object:
        at = "image.s3Object"
        bucket = self.text(pointer, "Bucket", at=f"{at}.bucket", low=3, high=255)
        if not BUCKET.fullmatch(bucket):
            self.faults.append(
                f"Value '{bucket}' at '{at}.bucket' failed to satisfy constraint: "
                f"Member must satisfy regular expression pattern: {BUCKET.pattern}"
            )
        key = self.text(pointer, "Name", at=f"{at}.name", low=1, high=1024)
        version = self.text(pointer, "Version", at=f"{at}.version", low=1, high=1024)
        if not self.faults and not (bucket and key):
            raise InvalidParameterError
        return S3Object(bucket, key, version or None)


def _region(given: Any) -> Box:
    """One region of interest: a box, or the box around a polygon of three points or more."""
    if not isinstance(given, dict):
        raise SerializationError("a region of interest must be a structure")
    box, polygon = given.get("BoundingBox"), given.get("Polygon")
    if (box is None) == (polygon is None):
        raise InvalidParameterError
    try:
        if box is not None:
            return Box(
                float(box["Left"]), float(box["Top"]), float(box["Width"]), float(box["Height"])
            )
        points = [(float(point["X"]), float(point["Y"])) for point in polygon or ()]
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidParameterError from error
    if len(points) < 3:
        raise InvalidParameterError
    across, down = zip(*points, strict=True)
    return Box(min(across), min(down), max(across) - min(across), max(down) - min(down))
