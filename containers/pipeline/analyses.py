"""The analyses that a stack may ask Rekognition for, and the questions that make them up."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal, TypeAlias, get_args

from pipeline.description import DESCRIBE, MODELS

__all__ = ["ANALYSES", "Analyses", "AnalysesError", "AnalysisName", "Question"]

AnalysisName: TypeAlias = Literal[
    "labels", "properties", "moderation", "faces", "text", "celebrities", "nova-lite"
]

ANALYSES: tuple[AnalysisName, ...] = tuple(
    name for name in get_args(AnalysisName) if name not in MODELS
)
"""Every analysis of Rekognition's, by the name it has in the configuration. One by a model that
describes has the model's name."""

_OPERATIONS: Mapping[AnalysisName, str] = {
    "labels": "detect_labels",
    "properties": "detect_labels",
    "moderation": "detect_moderation_labels",
    "faces": "detect_faces",
    "text": "detect_text",
    "celebrities": "recognize_celebrities",
    "nova-lite": DESCRIBE,
}


_PICTURE = 1
"""Raise it with every change to `rekognition.canonical` that shows Rekognition another picture.
What it answered before is then not reused."""


class AnalysesError(ValueError):
    """A list of analyses with a name that does not exist; the message names it."""


@dataclass(frozen=True)
class Question:
    """One Rekognition operation, by boto3's name, and its options."""

    operation: str
    options: Mapping[str, Any]

    @property
    def least(self) -> float | None:
        """The confidence, 0 to 100, below which nothing is asked for; None if all is."""
        least: float | None = self.options.get("MinConfidence")
        return least

    @property
    def fingerprint(self) -> str:
        """16 hex digits of everything but `least` that the answer depends on, besides the file and
        the model."""
        options = {name: each for name, each in self.options.items() if name != "MinConfidence"}
        text = json.dumps([self.operation, options, _PICTURE], sort_keys=True)
        return sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Analyses:
    """The analyses that a stack asks for."""

    names: tuple[AnalysisName, ...]

    @classmethod
    def from_json(cls, text: str) -> "Analyses":
        """Read a JSON list of names; raises `AnalysesError` for an unknown one."""
        names = json.loads(text)
        for name in names:
            if name not in _OPERATIONS:
                raise AnalysesError(
                    f"analyses must be among {', '.join(_OPERATIONS)}, got {name!r}"
                )
        return cls(tuple(names))

    def to_json(self) -> str:
        """The inverse of `from_json`."""
        return json.dumps(self.names)

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations of Rekognition that they need, each once, by boto3's names."""
        return tuple(dict.fromkeys(_OPERATIONS[name] for name in self.names if name in ANALYSES))

    def within(self, operations: Collection[str]) -> tuple[AnalysisName, ...]:
        """Those that these operations make."""
        return tuple(name for name in self.names if _OPERATIONS[name] in operations)

    def questions(self, *, labels_from: float, moderation_from: float) -> tuple[Question, ...]:
        """One question per operation; labels and image properties share one.

        Labels and moderation labels below these confidences, 0 to 100, are not asked for.
        """
        options: dict[str, dict[str, Any]] = {
            "detect_labels": self._label_options(labels_from),
            "detect_moderation_labels": {"MinConfidence": moderation_from},
            "detect_faces": {"Attributes": ["DEFAULT"]},
            "detect_text": {},
            "recognize_celebrities": {},
        }
        asked = [Question(name, options[name]) for name in options if name in self.operations]
        models = [name for name in self.names if name in MODELS]
        return (*asked, *(Question(DESCRIBE, {"model": MODELS[name]}) for name in models))

    def _label_options(self, labels_from: float) -> dict[str, Any]:
        features = {"labels": "GENERAL_LABELS", "properties": "IMAGE_PROPERTIES"}
        options: dict[str, Any] = {
            "Features": [feature for name, feature in features.items() if name in self.names]
        }
        if "labels" in self.names:
            # MinConfidence and MaxLabels belong to labels; without them Rekognition refuses both.
            options |= {"MinConfidence": labels_from, "MaxLabels": 50}
        return options
