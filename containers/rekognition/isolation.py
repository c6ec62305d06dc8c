"""Makes the canonical JPEG in a child process, where the picture cannot kill the function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pictures.isolation import isolated
from pictures.limits import Limits
from rekognition.canonical import Canonical, canonical_jpeg

__all__ = ["canonical_jpeg_isolated"]


def canonical_jpeg_isolated(data: bytes, limits: Limits) -> Canonical:
    """What `canonical_jpeg` returns, from a child process within the limits' memory and seconds.

    Raises what `canonical_jpeg` and `pictures.isolation.isolated` raise.
    """
    size, (encoded,) = isolated("rekognition.isolation:canonical_task", data, limits, None)
    return Canonical(encoded, *size)


def canonical_task(data: bytes, limits: Limits, _: Any) -> tuple[Any, Sequence[bytes]]:
    """The child's part of `canonical_jpeg_isolated`."""
    canonical = canonical_jpeg(data, limits)
    return (canonical.width, canonical.height), [canonical.data]
