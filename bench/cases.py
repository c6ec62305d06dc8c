"""What the race is run on: each photograph with each pair of formats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bench import workshop
from bench.workshop import Photograph

__all__ = ["Case", "cases_of"]

_RENDITIONS = (
    {"name": "thumbnail", "width": 128, "height": 128, "fit": "cover"},
    {"name": "small", "width": 500, "height": 500, "fit": "inside"},
    {"name": "large", "width": 1600, "height": 1600, "fit": "inside"},
)
_QUALITIES = {"webp": 80, "avif": 60}
_SECOND = {"webp": "WebP", "avif": "AVIF"}


@dataclass(frozen=True)
class Case:
    """One photograph with one pair of formats."""

    photograph: Photograph
    second: str
    """The format beside JPEG."""

    @property
    def name(self) -> str:
        """The case's name in the tables."""
        return f"{self.photograph.name}, JPEG + {_SECOND[self.second]}"

    @property
    def recipe(self) -> dict[str, Any]:
        """The recipe as JSON, for every contender alike."""
        formats = [
            {"format": "jpeg", "quality": 80},
            {"format": self.second, "quality": _QUALITIES[self.second]},
        ]
        return {"renditions": list(_RENDITIONS), "formats": formats}


def cases_of(*, quick: bool) -> list[Case]:
    """Every photograph with JPEG and WebP, and two of them with JPEG and AVIF."""
    chosen = [one for one in workshop.photographs if one.quick or not quick]
    cases = [Case(one, "webp") for one in chosen]
    if not quick:
        cases += [Case(one, "avif") for one in chosen if one.name in ("12.jpg", "24.jpg")]
    return cases
