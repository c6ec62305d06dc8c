"""Rekognition's responses in the catalog's words."""

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.answers import FOUND
from pipeline.description import DESCRIBE
from pipeline.facts import Analysis, Box, Celebrity, Colour, Face, Label, ModerationLabel, Text

__all__ = ["analysis_of", "found_by", "models_of"]

Response = Mapping[str, Any]

_MODELS = {
    "detect_labels": "LabelModelVersion",
    "detect_moderation_labels": "ModerationModelVersion",
    "detect_text": "TextModelVersion",
}


def analysis_of(responses: Mapping[str, Response]) -> Analysis:
    """What Rekognition's responses, `{operation: response}`, say about a picture."""
    labels = responses.get("detect_labels", {})
    properties = labels.get("ImageProperties") or {}
    described = responses.get(DESCRIBE, {})
    return Analysis(
        labels=tuple(_labels(labels.get("Labels", []))),
        quality=_percentages(properties.get("Quality") or {}) or None,
        colors=tuple(_colours(properties.get("DominantColors", []))),
        moderation=tuple(_moderation(responses.get("detect_moderation_labels", {}))),
        faces=tuple(_faces(responses.get("detect_faces", {}))),
        text=tuple(_lines(responses.get("detect_text", {}))),
        celebrities=tuple(_celebrities(responses.get("recognize_celebrities", {}))),
        caption=described.get("text"),
        appeal=described.get("appeal"),
    )


def found_by(responses: Mapping[str, Response]) -> dict[str, Any]:
    """The same, the fields of the operations that responded alone."""
    analysis = analysis_of(responses)
    return {name: getattr(analysis, name) for each in responses for name in FOUND[each]}


def models_of(responses: Mapping[str, Response]) -> dict[str, str]:
    """The versions of the models that responded, by operation; some operations name none."""
    return {
        operation: responses[operation][name]
        for operation, name in _MODELS.items()
        if responses.get(operation, {}).get(name)
    }


def _labels(labels: Iterable[Response]) -> Iterable[Label]:
    for label in labels:
        yield {
            "name": label["Name"],
            "confidence": _percentage(label["Confidence"]),
            "parents": [parent["Name"] for parent in label.get("Parents", [])],
        }


def _colours(colours: Iterable[Response]) -> Iterable[Colour]:
    for colour in colours:
        yield {
            "hex": colour["HexCode"],
            "name": colour["CSSColor"],
            "percent": _percentage(colour["PixelPercent"]),
        }


def _moderation(response: Response) -> Iterable[ModerationLabel]:
    for label in response.get("ModerationLabels", []):
        yield {
            "name": label["Name"],
            "confidence": _percentage(label["Confidence"]),
            "parent": label["ParentName"],
            "level": label.get("TaxonomyLevel", 1),
        }


def _faces(response: Response) -> Iterable[Face]:
    for face in response.get("FaceDetails", []):
        yield {
            "confidence": _percentage(face["Confidence"]),
            "box": _box(face["BoundingBox"]),
            "quality": _percentages(face.get("Quality", {})),
        }


def _lines(response: Response) -> Iterable[Text]:
    for line in response.get("TextDetections", []):
        if line["Type"] == "LINE":
            yield {
                "text": line["DetectedText"],
                "confidence": _percentage(line["Confidence"]),
                "box": _box(line["Geometry"]["BoundingBox"]),
            }


def _celebrities(response: Response) -> Iterable[Celebrity]:
    for person in response.get("CelebrityFaces", []):
        yield {"name": person["Name"], "confidence": _percentage(person["MatchConfidence"])}


def _percentage(value: float) -> float:
    return round(value, 2)


def _percentages(values: Mapping[str, float]) -> dict[str, float]:
    return {name.lower(): _percentage(value) for name, value in values.items()}


def _box(box: Mapping[str, float]) -> Box:
    return {
        "left": round(box["Left"], 4),
        "top": round(box["Top"], 4),
        "width": round(box["Width"], 4),
        "height": round(box["Height"], 4),
    }
