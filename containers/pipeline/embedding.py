"""Embedding: a model places words and pictures in one space."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pipeline.item import Item
from pipeline.likeness import owner_of
from pipeline.vectors import Placed, Vector, Vectors

__all__ = [
    "MODELS",
    "Embedder",
    "NotEmbeddableError",
    "Placing",
    "Searchable",
    "Takeover",
    "placing_models",
]

MODELS = {
    "titan": "amazon.titan-embed-image-v1",
    "nova": "amazon.nova-2-multimodal-embeddings-v1:0",
}
"""Bedrock's ids of the models, by the names under which their vectors are kept."""


class NotEmbeddableError(ValueError):
    """The model will never take this picture or these words; the message has its reason."""


class Embedder(Protocol):
    """One model, which has a name under which its vectors are kept apart from others'.

    Both methods raise `NotEmbeddableError`.
    """

    @property
    def name(self) -> str:
        """Of the model, in small letters, digits and dashes."""

    def of_picture(self, jpeg: bytes) -> Vector:
        """Where the picture lies."""

    def of_words(self, text: str) -> Vector:
        """Where the words lie, which may be a sentence."""


@dataclass(frozen=True)
class Placing:
    """Has pictures found by what they are about: asks the model where one lies, and keeps that."""

    embedder: Embedder
    vectors: Vectors

    @property
    def model(self) -> str:
        """The name of the model."""
        return self.embedder.name

    def place(self, item: Item, content: str, jpeg: bytes, *, at: datetime) -> None:
        """Keep where this content of the picture lies. Raises `NotEmbeddableError`."""
        placed = Placed(
            image_id=item.image_id,
            content=content,
            owner=owner_of(item),
            # Only what may be shown has content. The item tells whether it still may.
            shown=True,
            vector=self.embedder.of_picture(jpeg),
        )
        self.vectors.put(placed, at=at)


class Takeover(Protocol):
    """Whether a next model has taken over, and what runs through the catalog found about that."""

    @property
    def next(self) -> str:
        """The name of the next model; empty if there is none."""

    @property
    def names(self) -> str:
        """Which model takes over from which, as text."""

    def report(self, run: str, shard: str, shards: int, *, at: datetime) -> bool:
        """A run found every picture in this of its shards placed by the next model, or refused.
        Returns whether that holds for all shards of the run, and searches can go by the model: then
        it has taken over."""

    def forget_others(self) -> None:
        """Forget everything about other models than these two."""

    def is_complete(self) -> bool:
        """Whether the next model has taken over."""


@dataclass(frozen=True)
class Searchable:
    """What searches go by: the stage's model, until the next one has taken over."""

    now: Placing
    then: Placing | None = None
    takeover: Takeover | None = None

    def placing(self) -> Placing:
        """The one for a search. Its words and vectors are of one model, so ask once a search."""
        if self.then and self.takeover and self.takeover.is_complete():
            return self.then
        return self.now


def placing_models(*settings: str) -> tuple[str, ...]:
    """The models among the settings' values, of which `none` is no model."""
    return tuple(each for each in settings if each in MODELS)
