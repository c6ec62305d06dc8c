"""Asking Rekognition no more than what nobody has been answered yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.analyses import Question
from pipeline.answers import (
    Answers,
    Asked,
    KnownAnswers,
    Models,
    newest,
    reused,
    suffices,
    title,
    would_be_asked,
)
from pipeline.facts import Analysis
from pipeline.vision import Vision
from rekognition.analysis import found_by, models_of

__all__ = ["Inquired", "Inquiry"]


@dataclass(frozen=True, kw_only=True)
class Inquired:
    """The answers to every question, and the operations that they come from: those `paid` for now,
    and those `known` before. `ms` is how long it took, if another picture was analysed for it.
    `described` is false if a model was asked to describe the picture and did not."""

    answers: Answers
    paid: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    ms: int | None = None
    described: bool = True


@dataclass(frozen=True)
class Inquiry:
    """Asks Rekognition what is known neither of the picture itself nor of one with the same bytes.
    The answers are the same either way."""

    vision: Vision
    library: KnownAnswers
    questions: Sequence[Question]

    def about(self, sha256: str, own: Answers | None, picture: Callable[[], bytes]) -> Inquired:
        """The answers about the file with this SHA-256, some of which may be the item's `own`.
        `picture` makes the JPEG that Rekognition is asked about.

        Raises `pipeline.vision.PictureRefusedError`.
        """
        models = self.library.models()
        if own is None or own.sha256 != sha256:
            own = Answers(sha256=sha256, asked={}, analysis=Analysis())
        known = [
            each for each in self.questions if suffices(own.asked.get(each.operation), each, models)
        ]
        missing = [each for each in self.questions if each not in known]
        if missing and (elsewhere := self._elsewhere(sha256, models)):
            operations = tuple(each.operation for each in self.questions)
            return Inquired(answers=elsewhere, known=operations, ms=elsewhere.ms)
        fields: dict[str, Any] = {}
        asked: dict[str, Asked] = {}
        for each in known:
            fields |= reused(own.analysis, each)
            asked |= would_be_asked([each], _models(own))
        if missing:
            responses = self.vision.ask(
                picture(), {each.operation: each.options for each in missing}
            )
            missing = [each for each in missing if each.operation in responses]
            fields |= found_by(responses)
            asked |= would_be_asked(missing, seen := models_of(responses))
            if (now := newest(models, seen)) != models:
                self.library.note(now)
        return Inquired(
            answers=Answers(sha256=sha256, asked=asked, analysis=Analysis(**fields)),
            paid=tuple(each.operation for each in missing),
            known=tuple(each.operation for each in known),
            described=len(asked) == len(self.questions),
        )

    def _elsewhere(self, sha256: str, models: Models) -> Answers | None:
        """The answers of any picture with the same bytes to the same questions."""
        wanted = title(sha256, would_be_asked(self.questions, models))
        return self.library.find(wanted) if wanted else None


def _models(answers: Answers) -> Models:
    return {name: each["model"] for name, each in answers.asked.items() if "model" in each}
