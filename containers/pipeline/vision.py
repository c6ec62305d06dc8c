"""Recognition of what is in a picture."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

__all__ = ["PictureRefusedError", "Questions", "Vision"]

Questions: TypeAlias = Mapping[str, Mapping[str, Any]]
"""The options of each operation to call; operations are named as boto3's methods."""


class PictureRefusedError(Exception):
    """The service will never accept this picture; `code` is its own error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Vision(Protocol):
    """Recognises what is in pictures."""

    def ask(self, image: bytes, questions: Questions) -> dict[str, dict[str, Any]]:
        """The responses of Detect operations to JPEG bytes, by operation.

        Raises `PictureRefusedError` if one of them can never succeed.
        """
