"""The one error for a picture that cannot be used, and the limits that lead to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

__all__ = ["Code", "Limits", "UnreadableError"]

Code = Literal[
    "not_an_image",
    "unsupported_format",
    "truncated",
    "too_large",
    "too_many_pixels",
    "too_many_frames",
    "decoder_failed",
    "too_slow",
]

MEGABYTE = 1_000_000


class UnreadableError(Exception):
    """A picture that no repetition makes readable; its text is written for the uploader."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code: Code = code

    def __reduce__(self) -> tuple[type[UnreadableError], tuple[Code, str]]:
        return UnreadableError, (self.code, str(self))


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a picture may cost, checked from its headers before any pixel is decoded."""

    pixels: int
    """Of one frame."""
    bytes: int
    """Of the uploaded file."""
    frames: int
    """Of an animation that is kept."""
    side: int
    """Of width and height, in pixels."""
    scans: int
    """Of a JPEG; a progressive photograph has about ten."""
    seconds: float
    """Of processor time for a picture tried in isolation."""
    memory: int
    """Bytes that decoding may take on top of the idle function."""
    scaled_pixels: int = 0
    """Of a JPEG with one scan, which is decoded at a smaller scale; 0 if it is as any other."""

    @classmethod
    def for_memory(cls, memory_mb: int, *, seconds: float = 45.0) -> Self:
        """The limits that keep every accepted picture under a function's memory.

        What the idle function, the file itself and the renditions take (about 400 MB at most) is
        set aside; the rest is for the decoder, whose bytes per pixel are in `pictures.costs`.
        """
        spare = max(memory_mb - 400, 64) * MEGABYTE
        return cls(
            pixels=min(150 * MEGABYTE, spare // 9),
            bytes=min(200 * MEGABYTE, memory_mb * MEGABYTE // 8),
            frames=300,
            side=50_000,
            scans=64,
            seconds=seconds,
            memory=spare,
            scaled_pixels=min(400 * MEGABYTE, spare),
        )
