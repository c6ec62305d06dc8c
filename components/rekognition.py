"""Amazon Rekognition, as far as it looks at single pictures."""

from __future__ import annotations

from collections.abc import Sequence

from components.function import Function
from components.policy import Statement

__all__ = ["ACTIONS", "grant_detect"]

#: The action behind each analysis. Labels and image properties are two answers of one call.
ACTIONS = {
    "labels": "rekognition:DetectLabels",
    "properties": "rekognition:DetectLabels",
    "moderation": "rekognition:DetectModerationLabels",
    "faces": "rekognition:DetectFaces",
    "text": "rekognition:DetectText",
    "celebrities": "rekognition:RecognizeCelebrities",
}


def grant_detect(grantee: Function, analyses: Sequence[str]) -> None:
    """Let `grantee` ask for each of `analyses`, names out of `ACTIONS`, and for no other."""
    grantee.allow(
        "detect",
        Statement(
            actions=sorted({ACTIONS[each] for each in analyses}),
            resources=["*"],  # these actions look at bytes: there is no resource to name
        ),
    )
