"""The identity of an upload, of one version of it, and of what is made from that version."""

from dataclasses import dataclass
from hashlib import sha256

__all__ = ["BEFORE_ALL", "Original", "content_id", "image_id", "is_later", "is_same_version"]

BEFORE_ALL = "0" * 16
"""The sequencer of an upload whose event was lost: it sorts before every one that S3 gives, and so
does each step after it, as no real one begins with sixteen zeros."""


@dataclass(frozen=True, kw_only=True)
class Original:
    """One version of one uploaded object, as S3's event describes it.

    `sequencer` orders the events of one key; `version_id` is None where S3 did not give it; `etag`
    is empty and `bytes` 0 for a deletion.
    """

    bucket: str
    key: str
    sequencer: str
    etag: str = ""
    bytes: int = 0
    version_id: str | None = None

    @property
    def image_id(self) -> str:
        """The picture's identity; the same for every version of a key."""
        return image_id(self.key)

    @property
    def trace_id(self) -> str:
        """Names the way of this version through the pipeline: 32 hexadecimal digits.

        Every function derives it from the event alone, so no event has to carry it.
        """
        return sha256(f"{self.key}\n{self.sequencer}".encode()).hexdigest()[:32]

    def just_after(self) -> "Original":
        """The same version, ordered just after itself and before every later event of the key.

        Sequencers compare as text padded on the right with zeros, so one more digit is the
        smallest possible step.
        """
        return Original(**{**vars(self), "sequencer": self.sequencer + "1"})


def image_id(key: str) -> str:
    """The identity of the picture stored under `key`: 32 hexadecimal digits of its SHA-256."""
    return sha256(key.encode()).hexdigest()[:32]


def content_id(original: Original, fingerprint: str) -> str:
    """Names what one recipe makes of one version: 16 hexadecimal digits.

    The sequencer is part of it, so two uploads of the same bytes never share renditions and
    removing one's cannot remove the other's.
    """
    text = "\n".join((original.sequencer, original.etag, fingerprint))
    return sha256(text.encode()).hexdigest()[:16]


def is_same_version(original: Original, other: Original) -> bool:
    """Whether both are the same version of a key: by the ids, or by the etags where S3 gave no id
    for one of them. Neither may be a deletion."""
    if original.version_id and other.version_id:
        return original.version_id == other.version_id
    return original.etag == other.etag


def is_later(sequencer: str, than: str) -> bool:
    """Whether S3 made the event of `sequencer` after that of `than`, both of the same key.

    S3 documents the comparison: pad the shorter on the right with zeros, compare as text.
    """
    width = max(len(sequencer), len(than))
    return sequencer.ljust(width, "0") > than.ljust(width, "0")
