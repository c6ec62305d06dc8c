"""Blocked files: bytes that reviewers want rejected wherever they turn up in the stack."""

from dataclasses import dataclass
from typing import Protocol

from pipeline.item import Verdict

__all__ = ["BLOCKED", "Block", "Blocks"]

BLOCKED = Verdict(decision="reject", reasons=({"rule": "blocked"},))
"""The policy's verdict on a blocked file."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """A reviewer's decision about every copy of a file. `by` is the reviewer's id, `at` ISO 8601.

    It outlives the picture that it was decided about.
    """

    sha256: str
    by: str
    at: str
    reason: str = ""


class Blocks(Protocol):
    """The blocked files of the stack, by the SHA-256 of their bytes."""

    def has(self, sha256: str) -> bool:
        """Whether these bytes are blocked now."""

    def block(self, block: Block) -> None:
        """Block these bytes; a repeat changes who and when."""

    def lift(self, sha256: str) -> None:
        """Block these bytes no longer; nothing happens if they are not blocked."""
