"""Answers of Rekognition in the shapes that its API documents, whole."""

from typing import Any

__all__ = ["CELEBRITIES", "FACES", "LABELS", "MODERATION", "TEXT"]

_METADATA = {
    "RequestId": "0e6d4c3b-5d7a-4d0f-9d0c-8f2f0b7c9a11",
    "HTTPStatusCode": 200,
    "HTTPHeaders": {"content-type": "application/x-amz-json-1.1"},
    "RetryAttempts": 0,
}


def _box(left: float, top: float, width: float, height: float) -> dict[str, float]:
    return {"Width": width, "Height": height, "Left": left, "Top": top}


def _color(red: int, green: int, blue: int, name: str, percent: float) -> dict[str, Any]:
    return {
        "Red": red,
        "Green": green,
        "Blue": blue,
        "HexCode": f"#{red:02x}{green:02x}{blue:02x}",
        "CSSColor": name,
        "SimplifiedColor": name.removeprefix("dark"),
        "PixelPercent": percent,
    }


LABELS: dict[str, Any] = {
    "Labels": [
        {
            "Name": "Cat",
            "Confidence": 98.76543426513672,
            "Instances": [
                {"BoundingBox": _box(0.1, 0.2, 0.5, 0.6), "Confidence": 97.1, "DominantColors": []}
            ],
            "Parents": [{"Name": "Animal"}, {"Name": "Mammal"}, {"Name": "Pet"}],
            "Aliases": [{"Name": "Kitty"}],
            "Categories": [{"Name": "Animals and Pets"}],
        },
        {
            "Name": "Animal",
            "Confidence": 99.0,
            "Instances": [],
            "Parents": [],
            "Aliases": [],
            "Categories": [{"Name": "Animals and Pets"}],
        },
    ],
    "LabelModelVersion": "3.0",
    "ImageProperties": {
        "Quality": {
            "Brightness": 62.123456,
            "Sharpness": 87.654321,
            "Contrast": 71.5,
        },
        "DominantColors": [
            _color(47, 79, 79, "darkslategrey", 41.23456),
            _color(169, 169, 169, "darkgrey", 20.0),
        ],
        "Foreground": {
            "Quality": {"Brightness": 60.0, "Sharpness": 90.0},
            "DominantColors": [_color(47, 79, 79, "darkslategrey", 80.0)],
        },
    },
    "ResponseMetadata": _METADATA,
}

MODERATION: dict[str, Any] = {
    "ModerationLabels": [
        {
            "Confidence": 97.61234,
            "Name": "Weapon Violence",
            "ParentName": "Graphic Violence",
            "TaxonomyLevel": 3,
        },
        {
            "Confidence": 97.61234,
            "Name": "Graphic Violence",
            "ParentName": "Violence",
            "TaxonomyLevel": 2,
        },
        {"Confidence": 97.61234, "Name": "Violence", "ParentName": "", "TaxonomyLevel": 1},
    ],
    "ModerationModelVersion": "7.0",
    "ContentTypes": [{"Confidence": 99.9, "Name": "Animated"}],
    "ResponseMetadata": _METADATA,
}

FACES: dict[str, Any] = {
    "FaceDetails": [
        {
            "BoundingBox": _box(-0.01234567, 0.25, 0.5, 0.333333),
            "Landmarks": [{"Type": "eyeLeft", "X": 0.4, "Y": 0.4}],
            "Pose": {"Roll": 1.0, "Yaw": -3.0, "Pitch": 2.0},
            "Quality": {"Brightness": 80.123, "Sharpness": 92.2281},
            "Confidence": 99.9987,
        }
    ],
    "ResponseMetadata": _METADATA,
}

TEXT: dict[str, Any] = {
    "TextDetections": [
        {
            "DetectedText": "Zürich HB",
            "Type": "LINE",
            "Id": 0,
            "Confidence": 98.7654,
            "Geometry": {
                "BoundingBox": _box(0.1, 0.2, 0.3, 0.05),
                "Polygon": [{"X": 0.1, "Y": 0.2}],
            },
        },
        {
            "DetectedText": "Zürich",
            "Type": "WORD",
            "Id": 1,
            "ParentId": 0,
            "Confidence": 99.0,
            "Geometry": {"BoundingBox": _box(0.1, 0.2, 0.2, 0.05), "Polygon": []},
        },
    ],
    "TextModelVersion": "3.0",
    "ResponseMetadata": _METADATA,
}

CELEBRITIES: dict[str, Any] = {
    "CelebrityFaces": [
        {
            "Urls": ["www.wikidata.org/wiki/Q7259"],
            "Name": "Ada Lovelace",
            "Id": "1x2y",
            "Face": {"BoundingBox": _box(0.1, 0.1, 0.2, 0.2), "Confidence": 99.9},
            "MatchConfidence": 96.54321,
            "KnownGender": {"Type": "Female"},
        }
    ],
    "UnrecognizedFaces": [],
    "ResponseMetadata": _METADATA,
}
