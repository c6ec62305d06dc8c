"""Description: a model writes what a picture shows, and judges how appealing it is."""

import re
from dataclasses import dataclass
from typing import Any, Protocol

from pipeline.text import is_unseen

__all__ = ["DESCRIBE", "LONGEST", "MODELS", "Describer", "Description", "NotDescribedError"]

MODELS = {"nova-lite": "amazon.nova-lite-v1:0"}
"""Bedrock's ids of the models, by their names in the configuration."""

DESCRIBE = "describe"
"""The name of the question, among those whose others are Rekognition's operations."""

LONGEST = 150
"""Characters of a description, at most."""

_BEGINNING = re.compile(r"(an?|the|this)? ?(image|photo(graph)?|picture)( of|:| shows) ", re.I)
"""What screen readers say already."""


class NotDescribedError(Exception):
    """There is no description, now or ever; the message has the reason."""


@dataclass(frozen=True, kw_only=True)
class Description:
    """What a picture shows, in one line, and how appealing it is, 0 to 100."""

    text: str
    appeal: float

    @classmethod
    def of(cls, text: Any, appeal: Any) -> "Description":
        """From a model's answer, which may be anything. Raises `NotDescribedError`."""
        if not isinstance(text, str) or not isinstance(appeal, int | float):
            raise NotDescribedError("the model's answer must have a text and a number")
        if isinstance(appeal, bool) or not 0 <= appeal <= 100:
            raise NotDescribedError(f"the model's score must be 0 to 100, got {appeal}")
        seen = "".join(" " if is_unseen(letter) else letter for letter in text)
        line = " ".join(seen.split())
        line = _BEGINNING.sub("", line, count=1) if _BEGINNING.match(line) else line
        line = line.rstrip(". ")
        if not line:
            raise NotDescribedError("the model's text must not be empty")
        if len(line) > LONGEST:
            line = f"{line[: LONGEST - 1].rsplit(' ', 1)[0]}\u2026"
        return cls(text=f"{line[0].upper()}{line[1:]}", appeal=round(float(appeal), 1))


class Describer(Protocol):
    """One model that describes pictures."""

    def describe(self, jpeg: bytes) -> Description:
        """What the picture shows. Raises `NotDescribedError`, whatever went wrong."""
