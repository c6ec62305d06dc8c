"""What the responses need to know about a picture; the models implement it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from local.rekognition.pictures import Picture
from local.rekognition.requests import Box

__all__ = ["Face", "Meaning", "Point", "Sight", "TextLine"]


@dataclass(frozen=True)
class Point:
    """In fractions of the picture's width and height."""

    x: float
    y: float


@dataclass(frozen=True)
class Face:
    """`confidence` from 0 to 100. Left and right in `landmarks` are the viewer's, as the
    service's are: eyeLeft is left in the picture of an upright face."""

    box: Box
    confidence: float
    landmarks: dict[str, Point]


@dataclass(frozen=True)
class TextLine:
    """One line of text, `words` with a box each; confidences from 0 to 100."""

    text: str
    box: Box
    confidence: float
    words: tuple[TextLine, ...] = ()


class Sight(Protocol):
    """Recognises things in one upright picture. All methods are thread-safe."""

    def classes(self, picture: Picture) -> NDArray[np.float32]:
        """The probability of each of the 1,000 classes of the taxonomy, by index; sums to 1."""
        ...

    def faces(self, picture: Picture) -> list[Face]:
        """The faces, by descending confidence."""
        ...

    def nudity(self, picture: Picture) -> float:
        """The probability, 0 to 1, that the picture shows explicit nudity."""
        ...

    def text(self, picture: Picture) -> list[TextLine]:
        """The lines of text, from top to bottom."""
        ...


class Meaning(Protocol):
    """Places texts and pictures in one space of 384 dimensions. All methods are thread-safe."""

    def of_text(self, text: str) -> NDArray[np.float32]:
        """The direction of the text."""
        ...

    def of_classes(self, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """The direction of a picture, by the probability of each class."""
        ...
