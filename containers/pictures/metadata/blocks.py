"""The raw blocks of metadata that a file may carry, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = [
    "LARGEST_BLOCK",
    "LARGEST_PROFILE",
    "Crop",
    "Metadata",
    "Separated",
    "bare_exif",
    "joined",
    "usable_profile",
]

LARGEST_BLOCK = 4_000_000
"""Bytes of EXIF, XMP or IPTC; what lies beyond is not read."""
LARGEST_PROFILE = 8_000_000
"""Bytes of an ICC profile; a larger one is not used."""

Crop = tuple[int, int, int, int]
"""Left, top, right and bottom of the part of the stored pixels that is the picture."""


@dataclass(frozen=True)
class Metadata:
    """Raw blocks. Their contents are not validated."""

    exif: bytes = b""
    """Begins with the byte order of its tags."""
    xmp: bytes = b""
    iptc: bytes = b""
    profile: bytes | None = None
    """An ICC profile: the file's own, or one synthesised from its other colour information."""
    crop: Crop | None = None
    """The clean aperture."""
    orientation: int = 1
    """The rotation and mirroring in the properties of a HEIC file, 1 to 8 as in EXIF."""


@dataclass(frozen=True)
class Separated:
    """A file without the metadata that its decoder does not need, and that metadata."""

    data: bytes
    metadata: Metadata = field(default_factory=Metadata)


def bare_exif(block: bytes) -> bytes:
    """An EXIF block from its byte order on; any prefix is dropped."""
    block = block[:LARGEST_BLOCK]
    if block.startswith((b"II", b"MM")):
        return block
    starts = [at for at in (block.find(b"II*\0", 0, 64), block.find(b"MM\0*", 0, 64)) if at >= 0]
    return block[min(starts) :] if starts else b""


def usable_profile(profile: bytes) -> bytes | None:
    """An ICC profile, if it looks like one and is not too large."""
    sound = 128 < len(profile) <= LARGEST_PROFILE and profile[36:40] == b"acsp"
    return profile if sound else None


def joined(data: bytes, kept: list[tuple[int, int]]) -> bytes:
    """The kept stretches of a file, each from its start to its end."""
    view = memoryview(data)
    return b"".join(view[start:end] for start, end in kept)
