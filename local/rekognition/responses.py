"""The response of each operation, in the shapes of the service's model.

Without models `sight` is None: what only a model recognises is then empty, and the model versions
in the responses are `off`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from local.rekognition.pictures import SEEING_SIDE, Picture, shrink
from local.rekognition.properties import Quality, dominant_colors, measure_quality
from local.rekognition.requests import (
    Box,
    CelebritiesRequest,
    FacesRequest,
    LabelFilters,
    LabelsRequest,
    ModerationRequest,
    TextRequest,
)
from local.rekognition.sight import Face, Sight, TextLine
from local.rekognition.taxonomy import Label, load_taxonomy

__all__ = ["celebrities", "faces", "labels", "moderation", "text"]

LABEL_MODEL = "3.0-local"
MODERATION_MODEL = "7.0-local"
TEXT_MODEL = "3.0-local"
OFF = "off"
COLORS_SIDE = 160
# The service detects at most this many words in a picture.
MOST_WORDS = 100

PEOPLE = "Person Description"
PERSON = Label("Person", (), PEOPLE)
FACE = Label("Face", ("Person",), PEOPLE)

# What the classifier covers of the service's moderation taxonomy, version 7: the label, its
# ancestors from the top, and the classifier's labels that imply it.
MODERATED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Weapons": (("Violence",), ("Gun", "Rifle", "Assault Rifle", "Revolver")),
    "Alcoholic Beverages": (
        ("Alcohol",),
        ("Alcohol", "Beer Bottle", "Beer Glass", "Wine Bottle"),
    ),
    "Gambling": ((), ("Slot Machine",)),
}
NUDITY = ("Explicit", "Explicit Nudity")


def labels(picture: Picture, request: LabelsRequest, sight: Sight | None) -> dict[str, Any]:
    """The response of DetectLabels: labels by descending confidence."""
    response: dict[str, Any] = {"LabelModelVersion": LABEL_MODEL if sight else OFF}
    if request.general_labels:
        response["Labels"] = _labels(picture, request, sight) if sight else []
    if request.image_properties:
        response["ImageProperties"] = {
            "Quality": _quality(measure_quality(shrink(picture.view, SEEING_SIDE))),
            "DominantColors": dominant_colors(
                shrink(picture.view, COLORS_SIDE), request.max_colors
            ),
        }
    return response


def _quality(quality: Quality) -> dict[str, float]:
    return {
        "Brightness": round(quality.brightness, 4),
        "Sharpness": round(quality.sharpness, 4),
        "Contrast": round(quality.contrast, 4),
    }


def _labels(picture: Picture, request: LabelsRequest, sight: Sight) -> list[dict[str, Any]]:
    taxonomy = load_taxonomy()
    sums = taxonomy.confidences(sight.classes(picture)) * 100
    sure = {
        taxonomy.labels[row].name: (taxonomy.labels[row], float(sums[row]))
        for row in np.flatnonzero(sums >= request.min_confidence)
    }
    seen = sight.faces(picture)
    if seen and seen[0].confidence >= request.min_confidence:
        # A face belongs to a person, so `Person` is at least as confident as `Face`.
        _, person = sure.get(PERSON.name, (PERSON, 0.0))
        sure[PERSON.name] = (PERSON, max(person, seen[0].confidence))
        sure[FACE.name] = (FACE, seen[0].confidence)
    kept = [one for one in sure.values() if _passes(one[0], request.filters)]
    # Of equally confident labels the more general comes first.
    kept.sort(key=lambda one: (-one[1], len(one[0].parents), one[0].name))
    return [
        {
            "Name": label.name,
            "Confidence": round(confidence, 4),
            "Instances": [
                _instance(picture, face, request) for face in (seen if label is FACE else [])
            ],
            "Parents": [{"Name": parent} for parent in label.parents],
            "Aliases": [],
            "Categories": [{"Name": label.category}],
        }
        for label, confidence in kept[: request.max_labels]
    ]


def _passes(label: Label, filters: LabelFilters) -> bool:
    if label.name in filters.not_labels or label.category in filters.not_categories:
        return False
    if filters.labels or filters.categories:
        return label.name in filters.labels or label.category in filters.categories
    return True


def _instance(picture: Picture, face: Face, request: LabelsRequest) -> dict[str, Any]:
    instance: dict[str, Any] = {
        "BoundingBox": _box(face.box),
        "Confidence": round(face.confidence, 4),
    }
    if request.image_properties:
        instance["DominantColors"] = dominant_colors(
            _crop(picture, face.box, COLORS_SIDE), request.max_colors
        )
    return instance


def _crop(picture: Picture, box: Box, longest: int) -> NDArray[np.uint8]:
    """The pixels within a box, at least one, scaled down until no side exceeds `longest`."""
    width, height = picture.view.size
    left = min(max(0, int(box.left * width)), width - 1)
    top = min(max(0, int(box.top * height)), height - 1)
    right = min(max(left + 1, math.ceil((box.left + box.width) * width)), width)
    bottom = min(max(top + 1, math.ceil((box.top + box.height) * height)), height)
    return shrink(picture.view.crop((left, top, right, bottom)), longest)


def _box(box: Box) -> dict[str, float]:
    return {
        "Width": round(box.width, 6),
        "Height": round(box.height, 6),
        "Left": round(box.left, 6),
        "Top": round(box.top, 6),
    }


def moderation(picture: Picture, request: ModerationRequest, sight: Sight | None) -> dict[str, Any]:
    """The response of DetectModerationLabels: each label with all its ancestors."""
    found: dict[str, tuple[float, str, int]] = {}
    if sight:
        nudity = sight.nudity(picture) * 100
        _add_moderated(found, NUDITY, nudity)
        taxonomy = load_taxonomy()
        probabilities = sight.classes(picture)
        for name, (above, shown_by) in MODERATED.items():
            sure = taxonomy.confidence_of_any(shown_by, probabilities) * 100
            _add_moderated(found, (*above, name), sure)
    response = [
        {
            "Confidence": round(confidence, 4),
            "Name": name,
            "ParentName": parent,
            "TaxonomyLevel": level,
        }
        for name, (confidence, parent, level) in found.items()
        if confidence >= request.min_confidence
    ]
    return {
        "ModerationLabels": response,
        "ModerationModelVersion": MODERATION_MODEL if sight else OFF,
        "ContentTypes": [],
    }


def _add_moderated(
    found: dict[str, tuple[float, str, int]], path: tuple[str, ...], confidence: float
) -> None:
    for level in range(len(path), 0, -1):
        parent = path[level - 2] if level > 1 else ""
        found[path[level - 1]] = (confidence, parent, level)


def faces(picture: Picture, _: FacesRequest, sight: Sight | None) -> dict[str, Any]:
    """The response of DetectFaces.

    Only the default attributes can be determined here, so requesting more adds nothing.
    """
    seen = sight.faces(picture) if sight else []
    return {"FaceDetails": [_face(picture, face) for face in seen]}


def _face(picture: Picture, face: Face) -> dict[str, Any]:
    """A face without yaw and pitch, which are not measured."""
    quality = measure_quality(_crop(picture, face.box, SEEING_SIDE))
    left, right = face.landmarks["eyeLeft"], face.landmarks["eyeRight"]
    roll = math.atan2(
        (right.y - left.y) * picture.height,
        (right.x - left.x) * picture.width,
    )
    return {
        "BoundingBox": _box(face.box),
        "Confidence": round(face.confidence, 4),
        "Landmarks": [
            {"Type": name, "X": round(point.x, 6), "Y": round(point.y, 6)}
            for name, point in face.landmarks.items()
        ],
        "Pose": {"Roll": round(math.degrees(roll), 4)},
        "Quality": {
            "Brightness": round(quality.brightness, 4),
            "Sharpness": round(quality.sharpness, 4),
        },
    }


def text(picture: Picture, request: TextRequest, sight: Sight | None) -> dict[str, Any]:
    """The response of DetectText: the lines, then the words of each with its line as ParentId."""
    kept: list[tuple[TextLine, list[TextLine]]] = []
    left = MOST_WORDS
    for line in sight.text(picture) if sight else []:
        words = [word for word in line.words if _readable(word, request)][:left]
        if words:
            kept.append((line, words))
            left -= len(words)
    detections = []
    for number, (line, words) in enumerate(kept):
        whole = len(words) == len(line.words)
        content = line.text if whole else " ".join(word.text for word in words)
        detections.append({**_text(line, "LINE", number), "DetectedText": content})
    for number, (_, words) in enumerate(kept):
        for word in words:
            detections.append({**_text(word, "WORD", len(detections)), "ParentId": number})
    return {"TextDetections": detections, "TextModelVersion": TEXT_MODEL if sight else OFF}


def _readable(word: TextLine, request: TextRequest) -> bool:
    if word.confidence < request.min_confidence:
        return False
    if word.box.height < request.min_height or word.box.width < request.min_width:
        return False
    x, y = word.box.left + word.box.width / 2, word.box.top + word.box.height / 2
    return not request.regions or any(
        region.left <= x <= region.left + region.width
        and region.top <= y <= region.top + region.height
        for region in request.regions
    )


def _text(line: TextLine, kind: str, number: int) -> dict[str, Any]:
    box = line.box
    right, bottom = box.left + box.width, box.top + box.height
    corners = ((box.left, box.top), (right, box.top), (right, bottom), (box.left, bottom))
    return {
        "DetectedText": line.text,
        "Type": kind,
        "Id": number,
        "Confidence": round(line.confidence, 4),
        "Geometry": {
            "BoundingBox": _box(box),
            "Polygon": [{"X": round(x, 6), "Y": round(y, 6)} for x, y in corners],
        },
    }


def celebrities(picture: Picture, _: CelebritiesRequest, sight: Sight | None) -> dict[str, Any]:
    """The response of RecognizeCelebrities: every face is unrecognised."""
    seen = sight.faces(picture) if sight else []
    return {
        "CelebrityFaces": [],
        "UnrecognizedFaces": [_face(picture, face) for face in seen],
    }
