"""What to ask Rekognition, and what its answers say in the catalogue's words."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Analyses", "Question", "facts"]

_PARTS = ("labels", "properties", "moderation", "faces", "text", "celebrities")


@dataclass(frozen=True)
class Question:
    """One operation of Rekognition, by boto3's name, and its options."""

    operation: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Analyses:
    """Which analyses a stack asks for: some of labels, properties, moderation, faces, text and
    celebrities."""

    names: tuple[str, ...]

    @classmethod
    def from_json(cls, text: str) -> "Analyses":
        """Read a JSON list of names; raises ValueError for one that is unknown."""
        names = json.loads(text)
        for name in names:
            if name not in _PARTS:
                raise ValueError(f"analyses must be among {', '.join(_PARTS)}, got {name!r}")
        return cls(tuple(names))

    def questions(self, *, labels_from: float, moderation_from: float) -> tuple[Question, ...]:
        """One question an operation; labels and image properties share theirs.

        Labels of lower confidence, 0 to 100, are not asked for.
        """
        features = [
            feature
            for name, feature in (("labels", "GENERAL_LABELS"), ("properties", "IMAGE_PROPERTIES"))
            if name in self.names
        ]
        asked: list[Question] = []
        options: dict[str, Any]
        if features:
            # MinConfidence and MaxLabels belong to labels; without them they are refused.
            bounds = {"MinConfidence": labels_from, "MaxLabels": 50}
            options = {"Features": features} | (bounds if "labels" in self.names else {})
            asked.append(Question("detect_labels", options))
        if "moderation" in self.names:
            options = {"MinConfidence": moderation_from}
            asked.append(Question("detect_moderation_labels", options))
        if "faces" in self.names:
            asked.append(Question("detect_faces", {"Attributes": ["DEFAULT"]}))
        if "text" in self.names:
            asked.append(Question("detect_text", {}))
        if "celebrities" in self.names:
            asked.append(Question("recognize_celebrities", {}))
        return tuple(asked)


def facts(answers: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The catalogue's fields out of Rekognition's answers, `{operation: answer}`.

    Confidences and quality are 0 to 100, boxes fractions of the width and height from the top
    left corner.
    """
    found: dict[str, Any] = {}
    if labels := answers.get("detect_labels"):
        found["labels"] = tuple(
            {
                "name": label["Name"],
                "confidence": round(label["Confidence"], 2),
                "parents": [parent["Name"] for parent in label.get("Parents", [])],
            }
            for label in labels.get("Labels", [])
        )
        properties = labels.get("ImageProperties") or {}
        if quality := properties.get("Quality"):
            found["quality"] = {name.lower(): round(value, 2) for name, value in quality.items()}
        found["colors"] = tuple(
            {
                "hex": color["HexCode"],
                "name": color["CSSColor"],
                "percent": round(color["PixelPercent"], 2),
            }
            for color in properties.get("DominantColors", [])
        )
    if moderation := answers.get("detect_moderation_labels"):
        found["moderation"] = tuple(
            {
                "name": label["Name"],
                "confidence": round(label["Confidence"], 2),
                "parent": label["ParentName"],
                "level": label.get("TaxonomyLevel", 1),
            }
            for label in moderation["ModerationLabels"]
        )
    if faces := answers.get("detect_faces"):
        found["faces"] = tuple(_faces(faces["FaceDetails"]))
    if text := answers.get("detect_text"):
        found["text"] = tuple(
            {
                "text": line["DetectedText"],
                "confidence": round(line["Confidence"], 2),
                "box": _box(line["Geometry"]["BoundingBox"]),
            }
            for line in text["TextDetections"]
            if line["Type"] == "LINE"
        )
    if celebrities := answers.get("recognize_celebrities"):
        found["celebrities"] = tuple(
            {"name": person["Name"], "confidence": round(person["MatchConfidence"], 2)}
            for person in celebrities["CelebrityFaces"]
        )
    return found


def _faces(details: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    for face in details:
        quality = {name.lower(): round(value, 2) for name, value in face.get("Quality", {}).items()}
        yield {
            "confidence": round(face["Confidence"], 2),
            "box": _box(face["BoundingBox"]),
            "quality": quality,
        }


def _box(box: Mapping[str, float]) -> dict[str, float]:
    return {name.lower(): round(value, 4) for name, value in box.items()}
