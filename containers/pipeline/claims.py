"""Who makes a rendition on demand, how many are made of a picture, and where they are stored."""

from datetime import datetime, timedelta
from typing import Literal, Protocol

__all__ = ["COUNTED", "Claim", "Claims", "Made"]

Claim = Literal["first", "again", "taken", "full"]
"""What became of a claim: nobody has ever had one to this file; the one before has ended; somebody
has one now; so much was made of this content that nothing more is."""

COUNTED = timedelta(days=400)
"""How long it is remembered what was made of a content, since it was last claimed."""


class Claims(Protocol):
    """Claims to files, so that of many requests for one address one makes it."""

    def claim(self, content: str, file: str, *, at: datetime, until: datetime, most: int) -> Claim:
        """Claim a file under a content's prefix from `at` until `until`, unless somebody has it, or
        `most` claims to files of this content were granted before."""

    def release(self, content: str, file: str, *, at: datetime, counts: bool) -> None:
        """End a claim that one has, so that the next request need not wait for its end. It counts
        on where the file may have been stored."""


class Made(Protocol):
    """The files that are made on demand, beside those made ahead."""

    def read(self, key: str) -> bytes | None:
        """A file's bytes, or None if there is none."""

    def write(self, key: str, data: bytes, content_type: str) -> bool:
        """Store a file under its final address; returns False, and changes nothing, if one is
        there."""

    def remove(self, key: str) -> None:
        """Remove a file that was written just now."""
