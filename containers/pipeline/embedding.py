"""Embedding: a model places words and pictures in one space."""

from typing import Protocol

from pipeline.vectors import Vector

__all__ = ["Embedder", "NotEmbeddableError"]


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
