"""Having a model describe a picture beside Rekognition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipeline.description import DESCRIBE, Describer, NotDescribedError
from pipeline.vision import Questions, Vision

__all__ = ["Describing"]


@dataclass(frozen=True)
class Describing:
    """Recognition of which one question, `describe`, goes to a model of its own.

    A model that fails leaves its question unanswered, and no other: a description is worth less
    than a verdict. `report` gets the reason.
    """

    vision: Vision
    describer: Describer
    report: Callable[[str], None]

    def ask(self, image: bytes, questions: Questions) -> dict[str, dict[str, Any]]:
        others = {name: options for name, options in questions.items() if name != DESCRIBE}
        responses = self.vision.ask(image, others) if others else {}
        if DESCRIBE in questions:
            try:
                made = self.describer.describe(image)
            except NotDescribedError as error:
                self.report(str(error))
            else:
                responses[DESCRIBE] = {"text": made.text, "appeal": made.appeal}
        return responses
