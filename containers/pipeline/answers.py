"""What Rekognition answered about a file, so that nobody pays twice for the same answer."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NotRequired, Protocol, TypeAlias, TypedDict

from pipeline.analyses import Question
from pipeline.description import DESCRIBE
from pipeline.facts import Analysis

__all__ = [
    "FOUND",
    "Answers",
    "Asked",
    "KnownAnswers",
    "Models",
    "newest",
    "reused",
    "suffices",
    "title",
    "would_be_asked",
]


class Asked(TypedDict):
    """What one operation was asked, and which model answered."""

    question: str
    """`Question.fingerprint`."""
    least: NotRequired[float]
    """The confidence, 0 to 100, below which nothing was asked for."""
    model: NotRequired[str]
    """The model's version, of the operations whose responses name it."""


Models: TypeAlias = Mapping[str, str]
"""The version of each operation's model."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What Rekognition found in the file with this SHA-256, and what it was `asked`, by operation.
    `ms` is how long it took."""

    sha256: str
    asked: dict[str, Asked]
    analysis: Analysis
    ms: int | None = None

    @property
    def title(self) -> str | None:
        """What others who would ask the same find these answers by."""
        return title(self.sha256, self.asked)


class KnownAnswers(Protocol):
    """The answers in the catalog's items."""

    def find(self, title: str) -> Answers | None:
        """Answers with this title, from any item that has them."""

    def models(self) -> Models:
        """The newest models that have answered."""

    def note(self, models: Models) -> None:
        """Note the newest models."""


FOUND: Mapping[str, tuple[str, ...]] = {
    "detect_labels": ("labels", "quality", "colors"),
    "detect_moderation_labels": ("moderation",),
    "detect_faces": ("faces",),
    "detect_text": ("text",),
    "recognize_celebrities": ("celebrities",),
    DESCRIBE: ("caption", "appeal"),
}
"""The fields of an analysis that each operation fills."""

_CONFIDENT = ("labels", "moderation")
"""Those with nothing below the confidence that was asked for."""


def title(digest: str, asked: Mapping[str, Asked]) -> str | None:
    """Equal for equal files that were asked the same questions of the same models; None if nothing
    was asked."""
    if not asked:
        return None
    questions = [
        [name, each["question"], f"{each.get('least', 0):g}", each.get("model", "")]
        for name, each in sorted(asked.items())
    ]
    return f"{digest}#{sha256(json.dumps(questions).encode()).hexdigest()[:16]}"


def would_be_asked(questions: Sequence[Question], models: Models) -> dict[str, Asked]:
    """What answers bear that are given now, as far as the models are known."""
    return {each.operation: _asked(each, models.get(each.operation)) for each in questions}


def suffices(asked: Asked | None, question: Question, models: Models) -> bool:
    """Whether what was asked once makes asking the question superfluous: a model that nothing newer
    is known of was asked the same, of no less confidence."""
    if asked is None or asked["question"] != question.fingerprint:
        return False
    if asked.get("least", 0) > (question.least or 0):
        return False
    model = models.get(question.operation)
    return model is None or asked.get("model", model) == model


def reused(analysis: Analysis, question: Question) -> dict[str, Any]:
    """The fields of an analysis that `suffices`, as they would be if the question were asked."""
    fields = {name: getattr(analysis, name) for name in FOUND[question.operation]}
    least = question.least or 0
    return {
        name: tuple(each for each in value if each["confidence"] >= least)
        if name in _CONFIDENT
        else value
        for name, value in fields.items()
    }


def newest(known: Models, answered: Models) -> dict[str, str]:
    """The newer version of each model."""
    return {
        name: max(known.get(name, ""), answered.get(name, ""), key=_order)
        for name in {*known, *answered}
    }


def _asked(question: Question, model: str | None) -> Asked:
    asked: Asked = {"question": question.fingerprint}
    if question.least is not None:
        asked["least"] = question.least
    if model:
        asked["model"] = model
    return asked


def _order(version: str) -> tuple[list[int], str]:
    return [int(digits) for digits in re.findall(r"\d+", version)], version
