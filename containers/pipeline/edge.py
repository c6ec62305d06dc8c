"""The caches between the renditions and the people who look at them."""

from collections.abc import Sequence
from typing import Protocol

__all__ = ["Edge"]


class Edge(Protocol):
    """A content delivery network's caches."""

    def forget(self, prefixes: Sequence[str], files: Sequence[str], *, reference: str) -> None:
        """Drop every cached copy under these key prefixes.

        `files` are the keys of everything that may be cached under them, or none where that is
        not known. The same reference and keys twice cost one request.
        """
