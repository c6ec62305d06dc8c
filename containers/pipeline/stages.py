"""Stages, as an operator sees all of them at once: what bears their tags, and what they cost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

__all__ = ["Costs", "NotRemovedError", "Remover", "Tagged", "TaggedResources"]


class NotRemovedError(RuntimeError):
    """A resource that stayed; the message has the reason."""


@dataclass(frozen=True)
class Tagged:
    """A resource of the project, with its tags."""

    arn: str
    tags: Mapping[str, str]


class TaggedResources(Protocol):
    """What exists in the account, whatever made it."""

    def of_project(self, project: str) -> Iterator[Tagged]:
        """Everything whose tag `project` has this value."""


class Remover(Protocol):
    """Deletes resources, whatever their service."""

    def remove(self, arn: str) -> bool:
        """Delete it with all that is in it. False if AWS needs time first: ask again later.

        A resource that is gone counts as deleted. Raises `NotRemovedError` for a kind that it
        does not know.
        """


class Costs(Protocol):
    """What AWS charges."""

    def by_stage(self, project: str, since: date, until: date) -> Mapping[str, float]:
        """Dollars from one day to before another, by the value of the tag `stage`."""
