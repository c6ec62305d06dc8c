"""The answer of each operation, in the shapes of the service's model.

`sight` None means that no models are on: what only a model can tell is then empty, and the model
versions in the answers say `off`.
"""

from __future__ import annotations

from typing import Any

from local.rekognition.pictures import Picture
from local.rekognition.properties import dominant_colors, measure_quality
from local.rekognition.requests import (
    CelebritiesRequest,
    FacesRequest,
    LabelsRequest,
    ModerationRequest,
    TextRequest,
)
from local.rekognition.sight import Sight

__all__ = ["celebrities", "faces", "labels", "moderation", "text"]

LABEL_MODEL = "3.0-local"
MODERATION_MODEL = "7.0-local"
TEXT_MODEL = "3.0-local"
OFF = "off"
QUALITY_SIDE = 512
COLORS_SIDE = 160


def labels(picture: Picture, request: LabelsRequest, sight: Sight | None) -> dict[str, Any]:
    """The answer to DetectLabels."""
    answer: dict[str, Any] = {"LabelModelVersion": LABEL_MODEL if sight else OFF}
    if request.general_labels:
        answer["Labels"] = []
    if request.image_properties:
        quality = measure_quality(picture.pixels(QUALITY_SIDE))
        answer["ImageProperties"] = {
            "Quality": {
                "Brightness": round(quality.brightness, 4),
                "Sharpness": round(quality.sharpness, 4),
                "Contrast": round(quality.contrast, 4),
            },
            "DominantColors": dominant_colors(picture.pixels(COLORS_SIDE), request.max_colors),
        }
    return answer


def moderation(picture: Picture, request: ModerationRequest, sight: Sight | None) -> dict[str, Any]:
    """The answer to DetectModerationLabels."""
    return {
        "ModerationLabels": [],
        "ModerationModelVersion": MODERATION_MODEL if sight else OFF,
        "ContentTypes": [],
    }


def faces(picture: Picture, request: FacesRequest, sight: Sight | None) -> dict[str, Any]:
    """The answer to DetectFaces."""
    return {"FaceDetails": []}


def text(picture: Picture, request: TextRequest, sight: Sight | None) -> dict[str, Any]:
    """The answer to DetectText."""
    return {"TextDetections": [], "TextModelVersion": TEXT_MODEL if sight else OFF}


def celebrities(
    picture: Picture, request: CelebritiesRequest, sight: Sight | None
) -> dict[str, Any]:
    """The answer to RecognizeCelebrities: nobody here is known by name."""
    return {"CelebrityFaces": [], "UnrecognizedFaces": []}
