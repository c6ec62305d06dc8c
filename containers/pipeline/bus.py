"""The pipeline's own event bus."""

from collections.abc import Sequence
from typing import Any, Protocol

__all__ = ["Bus", "PublishError", "Publishable"]


class PublishError(Exception):
    """The bus did not accept every event."""


class Publishable(Protocol):
    """An event about a picture, or about the pipeline itself."""

    @property
    def detail_type(self) -> str:
        """What rules match on."""

    def detail(self) -> dict[str, Any]:
        """The event's detail, in plain values."""


class Bus(Protocol):
    """Where functions publish what happened to pictures."""

    def publish(self, events: Sequence[Publishable]) -> None:
        """Publish all of them, or raise `PublishError`; some may have been published then."""
